import {
  type Attributes,
  context,
  INVALID_SPAN_CONTEXT,
  type ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { VERSION } from './version.ts'

/*
 * Traces for whoever loads an OpenTelemetry SDK before the command (docs/operations/monitoring.md). Without one there is no tracer here: the API's own does
 * nothing, but makes a context for each span, with closures that are old at birth (docs/decisions/0054).
 */
const tracer = (trace.getTracerProvider() as Partial<ProxyTracerProvider>).getDelegateTracer?.('regulars', VERSION)
const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT)

export type { Span }

/** A request as a span of its own, below that of its client (`traceparent`) or of an instrumentation that has seen it first. */
export function traceRequest<T>(
  { method, route, headers }: { method: string; route: string; headers: Readonly<Record<string, unknown>> },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  if (!tracer) return work(NO_SPAN)
  const around = trace.getActiveSpan()
  const parent = around ? context.active() : propagation.extract(ROOT_CONTEXT, headers)
  const attributes: Attributes = { 'http.request.method': method, 'http.route': route }
  const kind = around ? SpanKind.INTERNAL : SpanKind.SERVER
  return tracer.startActiveSpan(`${method} ${route}`, { kind, attributes }, parent, (span) => ended(span, work(span)))
}

/** A part of the work under way. */
export function traced<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (!tracer) return work()
  return tracer.startActiveSpan(name, (span) => ended(span, work()))
}

/** Finds the trace of a log line; nothing where nothing is traced. */
export function traceFields(span: Span): { readonly traceId?: string } {
  return span.isRecording() ? { traceId: span.spanContext().traceId } : {}
}

async function ended<T>(span: Span, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Error) span.recordException(error)
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}
