import type { Call } from './call.ts'
import { ConnectionError, type Facts, type RegularsError, UnexpectedAnswerError } from './errors.ts'
import type { Settings } from './settings.ts'

/** Why a request got no whole answer, by the codes and words that the runtimes give. The first that fits. */
const CAUSES: readonly (readonly [RegExp, Facts['reason'], boolean, (host: string) => string])[] = [
  [
    /CERT_NOT_YET_VALID|CERT_HAS_EXPIRED|certificate (has expired|is not yet valid)/i,
    'tls_clock',
    false,
    (host) =>
      `The certificate of ${host} is not valid at this machine's time. Look at this machine's clock first; if it is right, the certificate must be renewed.`,
  ],
  [
    /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_|certificate/i,
    'tls',
    false,
    (host) =>
      `The certificate of ${host} is not trusted here. Use the name it was issued for; where a company's own authority signed it, make that known to the runtime (Node: NODE_EXTRA_CA_CERTS). Do not switch the check off: anybody could answer.`,
  ],
  [
    /EPROTO|SSL|TLS|WRONG_VERSION/i,
    'tls',
    false,
    (host) => `${host} does not speak TLS there. Look at the port, or use http:// if the server is on this machine.`,
  ],
  [
    /ENOTFOUND|EAI_AGAIN|EAI_|getaddrinfo|dns|resolve/i,
    'dns',
    true,
    (host) =>
      `The name ${host} is not known to the DNS. Look at baseUrl for a typing mistake, and whether this machine is online.`,
  ],
  [
    /ECONNREFUSED|ConnectionRefused|connection refused/i,
    'refused',
    true,
    (host) => `Nothing listens at ${host}. Start the server, or look at the host and port in baseUrl.`,
  ],
  [
    /bad port|unsafe port/i,
    'unreachable',
    false,
    (host) => `fetch refuses the port of ${host}: it belongs to another protocol. Let the server listen on another port.`,
  ],
  [
    /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|CONNECT_TIMEOUT|ENETDOWN|FailedToOpenSocket/i,
    'unreachable',
    true,
    (host) => `No way leads to ${host}. Look at this machine's network and firewall.`,
  ],
]

/** What `fetch` rejected with, in words that say what to do. */
export function explainFailure(error: unknown, call: Call, { origin }: Settings): RegularsError {
  const { host, hostname } = new URL(origin)
  const { codes, words: said } = chainOf(error)
  // Codes before words; and a host may well be called `ssl` or `dns`.
  const words = said.replaceAll(hostname, '')
  const found = CAUSES.find(([pattern]) => pattern.test(codes)) ?? CAUSES.find(([pattern]) => pattern.test(words))
  const facts = { orderId: call.orderId, cause: error }
  if (found) {
    const [, reason, retryable, explain] = found
    return new ConnectionError(explain(host), { ...facts, reason, retryable })
  }
  if (/HPE_|PARSER|parse|decompress|Z_|invalid/i.test(`${codes} ${words}`)) {
    return new UnexpectedAnswerError(
      `What ${host} answered is no HTTP that can be read. Look at what listens there, and at proxies between.`,
      { ...facts, reason: 'answer_not_contract' },
    )
  }
  return new ConnectionError(
    `The connection to ${host} was lost before the answer came. Whether the call was done is not known; the same call with the same ids may be sent again without harm.`,
    {
      ...facts,
      reason: 'connection_lost',
      retryable: true,
    },
  )
}

/** Codes and messages of an error and of what caused it: runtimes put the telling one at different depths. */
function chainOf(error: unknown): { codes: string; words: string } {
  const [codes, words]: [string[], string[]] = [[], []]
  for (let at = error; at instanceof Error && words.length < 10; at = at.cause) {
    for (const one of [at, ...(at instanceof AggregateError ? (at.errors as Error[]) : [])]) {
      codes.push(String((one as { code?: unknown }).code ?? ''))
      words.push(String(one.message))
    }
  }
  return { codes: codes.join(' '), words: words.join(' ') }
}
