// What an operator loads before the command; here it writes each span as a line of a file as soon as it has ended. Plain JavaScript, as nothing is there yet to read TypeScript.
import { appendFileSync } from 'node:fs'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const file = process.env.TRACE_FILE ?? ''

new NodeTracerProvider({
  spanProcessors: [
    {
      onStart() {},
      onEnd(span) {
        const { name, kind, attributes, parentSpanContext, status } = span
        const { traceId, spanId } = span.spanContext()
        const written = { name, traceId, spanId, parentSpanId: parentSpanContext?.spanId, kind, status: status.code, attributes }
        appendFileSync(file, `${JSON.stringify(written)}\n`)
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
  ],
}).register()
