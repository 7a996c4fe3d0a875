import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger }

/** Names whose values never reach a log, whatever stands around these words: `sealed_secret`, `X-Class-Signature`, `accessToken`. */
const SECRET = /authorization|signature|secret|passw|passphrase|token|phone|email|cookie|master.?key|api.?key/i
/** Addresses and numbers in running text, such as a mail server's complaint. */
const EMAIL = /[^\s<>"'(),;:=/]+@[^\s<>"'(),;:=/]+\.[a-z]{2,}/gi
const PHONE = /\+\d{8,15}\b/g
/** Links carry one-time tokens. */
const QUERY_SECRET = /([?&][^=&\s]*(?:token|secret|signature|key)[^=&\s]*=)[^&\s"']+/gi
const REDACTED = '[redacted]'
/** Without any of these nothing is taken out of a line, so it need not be read again: that is nearly every line, and five times as fast. */
const SUSPECT = new RegExp(`${SECRET.source}|key=|@|\\+\\d|"stack"`, 'i')
/** What is shown of an error. PostgreSQL's `detail` and `where` hold the values of a row. */
const OF_ERROR = ['type', 'name', 'message', 'code', 'stack', 'cause']

/**
 * One JSON record a line on standard error, so that a command's output can be piped. Secrets and personal data are taken out of the finished line,
 * whichever way they came into it: at any depth by the names of fields, and in text by their looks.
 */
export function createLogger({
  level = 'info',
  name = 'regulars',
  stream = pino.destination(2),
}: {
  level?: string
  name?: string
  stream?: DestinationStream
} = {}): Logger {
  return pino(
    {
      level,
      name,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      hooks: { streamWrite: (line) => (SUSPECT.test(line) ? `${JSON.stringify(redact(JSON.parse(line)))}\n` : line) },
    },
    stream,
  )
}

/** For the rare message that must mention whom it is about: enough to recognise a number or an address that one knows. */
export function maskContact(contact: string): string {
  const at = contact.indexOf('@')
  if (at > 0) return `${contact.slice(0, 1)}***${contact.slice(at)}`
  return `***${contact.slice(-2)}`
}

/** With its causes, which pino would join into the message. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  return {
    type: name,
    message,
    ...('code' in error && { code: error.code }),
    stack,
    ...(cause !== undefined && { cause: describeError(cause) }),
  }
}

function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redact)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name]) => !('stack' in value) || OF_ERROR.includes(name))
  return Object.fromEntries(entries.map(([name, field]) => [name, redactField(name, field)]))
}

/** That there is a secret, or none, is no secret. */
function redactField(name: string, field: unknown): unknown {
  return SECRET.test(name) && field !== null && typeof field !== 'boolean' ? REDACTED : redact(field)
}

function redactText(text: string): string {
  return text.replace(QUERY_SECRET, `$1${REDACTED}`).replace(EMAIL, maskContact).replace(PHONE, maskContact)
}
