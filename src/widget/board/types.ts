/**
 * The indicator board as `GET /api/v1/indicators/board` gives it.
 * @module
 */
import type { Indicator, Plan } from '../types.ts';

/** Indicators of one name, kind of unit and target year. */
export interface BoardRow {
  readonly name: string;
  readonly targetYear?: number;
  /** As printed, if all have the same. */
  readonly unit?: string;
  /** Units and ways of counting are the same. */
  readonly comparable: boolean;
  /** One for each of `indicators`. */
  readonly numbers: readonly { readonly baseline?: number; readonly target?: number }[];
  /** What keeps the values from being compared. */
  readonly remarks: readonly string[];
  readonly indicators: readonly Indicator[];
}

/** All plans and all rows. */
export interface Board {
  readonly plans: readonly Plan[];
  readonly rows: readonly BoardRow[];
}

/** What of the board is shown. */
export interface Filter {
  readonly name: string;
  /** Ids; none are all. */
  readonly plans: ReadonlySet<string>;
  /** 约束性 or 预期性; empty for both. */
  readonly attribute: string;
  /** 0 for all. */
  readonly targetYear: number;
  /** Only what more than one plan has. */
  readonly shared: boolean;
}
