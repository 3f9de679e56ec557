/**
 * Metrics for Prometheus. Labels take few values: routes by their pattern, never by address, person or question.
 * @module
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Answer } from '../../../answer/types.ts';
import type { AskStage, Assistant } from '../../../assistant.ts';

/** Bounds in seconds: a search takes about a millisecond, a generated answer some seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What is counted and measured. */
export interface Metrics {
  /** A request is over. */
  request(
    labels: { readonly method: string; readonly route: string; readonly status: number },
    ms: number,
  ): void;
  stage(stage: AskStage, ms: number): void;
  /** An answer was given; `fallback` tells that a configured model did not write it. */
  answered(answer: Pick<Answer, 'status' | 'reason' | 'mode' | 'tookMs'>, fallback: boolean): void;
  feedback(rating: 'up' | 'down'): void;
  /** A request was refused at the door. */
  refused(why: 'unauthorized' | 'forbidden' | 'rate_limited' | 'unavailable'): void;
  /** What was to be kept could not be written. */
  stateFailure(): void;
  reindexed(outcome: 'done' | 'failed'): void;
  /** In Prometheus's text format. */
  render(): Promise<{ readonly body: string; readonly type: string }>;
}

/** Starts counting; `served` is the index in use, asked for when metrics are read. */
export function createMetrics(served: () => Assistant['index'] | undefined, now = Date.now): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry, prefix: 'guiwen_' });
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name: `guiwen_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Histogram({ name: `guiwen_${name}`, help, labelNames, buckets: BUCKETS, registers });
  const gauge = (name: string, help: string, value: (index: Assistant['index']) => number) =>
    new Gauge({
      name: `guiwen_${name}`,
      help,
      registers,
      collect() {
        const index = served();
        if (index) this.set(value(index));
      },
    });

  const requests = histogram('http_request_duration_seconds', 'Time to answer a request', [
    'method',
    'route',
    'status',
  ]);
  const stages = histogram('ask_stage_duration_seconds', 'Time of each stage of answering', ['stage']);
  const answers = counter('answers_total', 'Answers given', ['status', 'reason', 'mode']);
  const fallbacks = counter('fallbacks_total', 'Answers that a configured chat model did not write');
  const feedback = counter('feedback_total', 'Feedback received', ['rating']);
  const refusals = counter('refused_total', 'Requests refused at the door', ['why']);
  const failures = counter('state_failures_total', 'Writes to the store that failed');
  const reindexes = counter('reindex_total', 'Times the corpus was read anew', ['outcome']);
  gauge('index_age_seconds', 'Time since the index in use was built', ({ builtAt }) =>
    Math.max(0, (now() - Date.parse(builtAt)) / 1000),
  );
  gauge('index_passages', 'Passages in the index in use', ({ passages }) => passages);
  gauge('index_plans', 'Plans in the index in use', ({ plans }) => plans);

  return {
    request: ({ method, route, status }, ms) => requests.observe({ method, route, status }, ms / 1000),
    stage: (stage, ms) => stages.observe({ stage }, ms / 1000),
    answered({ status, reason = '', mode, tookMs }, fallback) {
      answers.inc({ status, reason, mode });
      stages.observe({ stage: 'total' as AskStage }, tookMs / 1000);
      if (fallback) fallbacks.inc();
    },
    feedback: (rating) => feedback.inc({ rating }),
    refused: (why) => refusals.inc({ why }),
    stateFailure: () => failures.inc(),
    reindexed: (outcome) => reindexes.inc({ outcome }),
    render: async () => ({ body: await registry.metrics(), type: registry.contentType }),
  };
}
