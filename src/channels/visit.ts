/**
 * The request under way: whose it is and under which id it is logged, for whatever runs on its behalf.
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AskStage } from '../assistant.ts';
import type { Scope } from '../state/types.ts';

/** Who asks. */
export interface Viewer {
  /** As kept on record: `key:<id>`, `user:<name>`, `widget:<key id>`; undefined for anyone. */
  readonly id: string | undefined;
  readonly scopes: readonly Scope[];
  /** Ids of the plans they may see; undefined for all. */
  readonly plans: readonly string[] | undefined;
}

/** How long a stage of answering took. */
export interface StageTime {
  readonly stage: AskStage;
  /** Wall clock at its end, milliseconds since 1970. */
  readonly endedAt: number;
  readonly ms: number;
}

/** One request on its way through the server. */
export interface Visit {
  /** The `X-Request-Id`. */
  readonly id: string;
  readonly viewer: Viewer | undefined;
  /** What was asked in it took this long, stage by stage. */
  readonly stages: StageTime[];
}

const visits = new AsyncLocalStorage<Visit>();

/** Runs `work` on behalf of `visit`. */
export const during = <T>(visit: Visit, work: () => T): T => visits.run(visit, work);

/** The request under way; undefined outside of any, as for a bot's socket. */
export const currentVisit = (): Visit | undefined => visits.getStore();
