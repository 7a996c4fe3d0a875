import { type Logger, pino } from 'pino'

export type { Logger }

/** What never reaches a log, at any depth that our records have. */
const SECRET = ['authorization', 'signature', 'secret', 'password', 'token', 'phone', 'email', 'x-class-signature', 'cookie']
const PATHS = SECRET.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`])

/** One JSON record a line on standard error, so that a command's output can be piped. */
export function createLogger({ level = 'info', name = 'regulars' }: { level?: string; name?: string } = {}): Logger {
  return pino(
    { level, name, redact: { paths: PATHS, censor: '[redacted]' }, formatters: { level: (label) => ({ level: label }) } },
    pino.destination(2),
  )
}
