import type { Answer, Call } from './call.ts'
import { type RegularsError, SignatureError } from './errors.ts'

/** Without query and body, so that nothing but key, secret and path can be wrong with it. A guest has no balance: it is refused, and changes nothing. */
const PROBE = '/loyalty/accounts/guest/balance'

/**
 * Finds out why a signature did not match, by sending a request that only a wrong secret or a rewritten path can spoil. One or two requests, made
 * only after a failure that no repeat would mend.
 */
export async function explainSignature(
  error: SignatureError,
  { call, prefix, hasBody }: { call: Call; prefix: string; hasBody: boolean },
  send: (path: string, signedPrefix?: string) => Promise<Answer>,
): Promise<RegularsError> {
  const facts = { ...error, cause: error }
  if ((await isAccepted(() => send(PROBE))) === true) {
    const hasQuery = call.path.includes('?')
    const part = hasQuery ? 'query' : hasBody ? 'body' : 'path'
    return new SignatureError(
      `Key and secret are right, but the ${part} of this request was changed after it was signed: a proxy ${part === 'query' ? 'drops or re-encodes the query string' : part === 'body' ? 'writes the JSON anew' : 'rewrites the path'}. Let it pass path, query and body on byte for byte.`,
      { ...facts, reason: part === 'query' ? 'query_rewritten' : part === 'body' ? 'body_rewritten' : 'prefix_stripped' },
    )
  }
  if (prefix !== '' && (await isAccepted(() => send(PROBE, ''))) === true) {
    return new SignatureError(
      `A proxy takes '${prefix}' off the path after the request was signed. Let it pass the path on unchanged, or give pathAtServer: '' so that the path is signed as the server sees it.`,
      { ...facts, reason: 'prefix_stripped' },
    )
  }
  return new SignatureError(
    `The signature does not match, for this request or for the plainest one, so the secret is most likely not the one of this key. Copy the secret again, whole and as issued (base64); after a rotation, use the new one. If it is right beyond doubt, a proxy changes the path of every request: let it pass the path on byte for byte, or give pathAtServer.`,
    { ...facts, reason: 'secret_wrong' },
  )
}

/** Any answer but one about the signature says that it matched; no answer says nothing. */
async function isAccepted(send: () => Promise<Answer>): Promise<boolean | undefined> {
  try {
    await send()
    return true
  } catch (error) {
    if (error instanceof SignatureError) return false
    const code = (error as RegularsError).code
    return code === undefined ? undefined : true
  }
}
