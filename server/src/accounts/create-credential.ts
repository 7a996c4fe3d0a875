import { type Environment, newId, type Queryable, type RandomBytes, type Vault } from '../platform/index.ts'
import {
  type CredentialKind,
  type CredentialOutcome,
  type CredentialView,
  credentialProblem,
  secretContext,
  viewCredential,
} from './credential.ts'
import { environmentOf, tagged } from './environment.ts'
import { judgeImportedSecret, newApiKeyText, newSecret } from './secret.ts'
import { accountExists, findCredentialByKey, insertCredential } from './store.ts'

export interface NewCredential {
  readonly environment: Environment
  readonly accountId: string
  readonly name: string
  readonly kind?: CredentialKind
  readonly storeCodes?: readonly string[]
  /** Slug of a mobile credential. */
  readonly webContext?: string
  readonly signMinified?: boolean
  readonly strictRequests?: boolean
  readonly messageSignaturesOnly?: boolean
  /** Requests a second. */
  readonly rateLimit?: number
  /** A secret that another system issued (base64, any bytes). Without it a new one is made. */
  readonly importSecret?: string
  /** An API key that another system issued. Without it a new one is made, whose text names the environment. */
  readonly apiKey?: string
  /** Real time, epoch ms. */
  readonly now: number
  readonly random: RandomBytes
}

/** `secret` is shown here and never again. `warning`: said of an imported secret that clients may read in two ways. */
export interface CreatedCredential {
  readonly credential: CredentialView
  readonly secret: string
  readonly warning?: string
}

/** Registers a partner's key and secret. The secret is kept sealed, and this answer is the only one that shows it. */
export async function createCredential(
  db: Queryable,
  vault: Vault,
  wish: NewCredential,
): Promise<CredentialOutcome<CreatedCredential>> {
  if (!(await accountExists(db, wish.accountId)))
    return credentialProblem('account_unknown', `There is no account ${wish.accountId} here.`)

  const apiKey = wish.apiKey ?? tagged(wish.environment, newApiKeyText(wish.random))
  const unusable = whyUnusable(wish, apiKey)
  if (unusable) return unusable

  const secret = chooseSecret(wish)
  if (!secret.ok) return secret

  const credentialId = newId(wish.now, wish.random)
  const credential = {
    accountId: wish.accountId,
    credentialId,
    apiKey,
    name: wish.name,
    kind: wish.kind ?? 'partner',
    webContext: wish.webContext,
    sealedSecret: vault.seal(secret.value.text, secretContext(credentialId)),
    storeCodes: wish.storeCodes,
    signMinified: wish.signMinified ?? false,
    strictRequests: wish.strictRequests ?? false,
    messageSignaturesOnly: wish.messageSignaturesOnly ?? false,
    rateLimit: wish.rateLimit,
    version: 1,
    createdAt: wish.now,
  }
  if (!(await insertCredential(db, credential))) {
    return (await findCredentialByKey(db, apiKey))
      ? credentialProblem('api_key_taken', `The API key ${apiKey} is in use already.`)
      : credentialProblem('web_context_taken', `The web context ${wish.webContext} is in use already.`)
  }
  return {
    ok: true,
    value: {
      credential: viewCredential(credential),
      secret: secret.value.text,
      ...(secret.value.warning && { warning: secret.value.warning }),
    },
  }
}

/** A key of ours names its environment, so a key of the other one could never be found again. */
function whyUnusable(wish: NewCredential, apiKey: string) {
  if (!/^[\x21-\x7e]{1,200}$/.test(apiKey))
    return credentialProblem('api_key_unusable', 'An API key is 1 to 200 visible ASCII characters.')
  const named = environmentOf(apiKey)
  if (named && named !== wish.environment) {
    return credentialProblem(
      'api_key_unusable',
      `The API key starts with ${named}_, but this is the ${wish.environment} environment.`,
    )
  }
  if (wish.webContext !== undefined && !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(wish.webContext)) {
    return credentialProblem(
      'web_context_unusable',
      'A web context is a slug of 1 to 64 letters a-z, digits, - and _, such as partnerdemo.',
    )
  }
  return undefined
}

function chooseSecret({ importSecret, random }: NewCredential): CredentialOutcome<{ text: string; warning?: string }> {
  if (importSecret === undefined) return { ok: true, value: { text: newSecret(random) } }
  const judged = judgeImportedSecret(importSecret)
  if (!judged.usable) return credentialProblem('secret_unusable', `This secret cannot be imported: ${judged.why}.`)
  const text = importSecret.replace(/\s/g, '')
  if (judged.ascii) return { ok: true, value: { text } }
  return {
    ok: true,
    value: {
      text,
      warning:
        'This secret does not decode to printable ASCII. Clients that read the decoded bytes as UTF-8 text will sign differently; rotate to an issued secret if one of yours does.',
    },
  }
}
