/**
 * OpenTelemetry traces: one span for each request, with one for every stage of answering in it. Without an endpoint
 * nothing is loaded and nothing is sent.
 * @module
 */
import type { StageTime } from '../../visit.ts';

/** A request that is over. */
export interface FinishedRequest {
  readonly method: string;
  /** The pattern of its route. */
  readonly route: string;
  readonly status: number;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly beganAt: number;
  readonly endedAt: number;
  readonly stages: readonly StageTime[];
  /** The caller's `traceparent` header: its trace is carried on. */
  readonly traceparent: string | undefined;
}

/** Where spans go. */
export interface Tracing {
  record(request: FinishedRequest): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** Sends spans by OTLP over HTTP to `endpoint` (its base address, as OTEL_EXPORTER_OTLP_ENDPOINT has it). */
export async function openTracing(endpoint: string, version: string): Promise<Tracing> {
  const [{ ROOT_CONTEXT, SpanKind, SpanStatusCode, trace }, core, sdk, otlp, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new otlp.OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': 'guiwen', 'service.version': version }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('guiwen', version);
  const propagator = new core.W3CTraceContextPropagator();
  const getter = { get: (carrier: Record<string, string>, key: string) => carrier[key], keys: Object.keys };
  return {
    record({ method, route, status, requestId, beganAt, endedAt, stages, traceparent }) {
      const parent = traceparent ? propagator.extract(ROOT_CONTEXT, { traceparent }, getter) : ROOT_CONTEXT;
      const attributes = {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
        'guiwen.request_id': requestId,
      };
      const span = tracer.startSpan(
        `${method} ${route}`,
        { kind: SpanKind.SERVER, startTime: beganAt, attributes },
        parent,
      );
      const inside = trace.setSpan(parent, span);
      for (const { stage, ms, endedAt: end } of stages)
        tracer.startSpan(`ask ${stage}`, { startTime: end - ms }, inside).end(end);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endedAt);
    },
    close: () => provider.shutdown(),
  };
}
