import type { FastifyReply, FastifyRequest } from 'fastify'

/** Proxies and browsers drop a silent connection after a minute or less. */
const BEAT_MS = 15_000

/** Sends server-sent events until the browser leaves: each a whole picture, so that whoever comes back has missed nothing. */
export function openStream<Event>(
  request: FastifyRequest,
  reply: FastifyReply,
  subscribe: (send: (event: Event) => void) => () => void,
): void {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  raw.write('retry: 1000\n\n')
  const stop = subscribe((event) => raw.write(`data: ${JSON.stringify(event)}\n\n`))
  const beat = setInterval(() => raw.write(': \n\n'), BEAT_MS)
  beat.unref()
  request.raw.once('close', () => {
    clearInterval(beat)
    stop()
  })
}
