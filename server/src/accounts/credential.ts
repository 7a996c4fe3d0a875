/** What a partner or device signs with. The secrets are sealed: only the vault can open them, for this credential alone. */
export interface Credential {
  readonly accountId: string
  readonly credentialId: string
  readonly apiKey: string
  readonly name: string
  readonly kind: CredentialKind
  /** Slug of a mobile credential, in place of the account id. */
  readonly webContext?: string
  readonly sealedSecret: string
  /** The secret before the last rotation; it still signs before `validUntil` (epoch ms). */
  readonly previous?: { readonly sealedSecret: string; readonly validUntil: number }
  /** The stores it may act for; absent: all of the account's. */
  readonly storeCodes?: readonly string[]
  readonly signMinified: boolean
  readonly strictRequests: boolean
  /** It, or its account, accepts RFC 9421 signatures only. */
  readonly messageSignaturesOnly: boolean
  /** Requests a second, where it differs from the server's. */
  readonly rateLimit?: number
  readonly disabledAt?: number
  /** Rises with every change that a server holding this credential in memory must learn of. */
  readonly version: number
  readonly createdAt: number
  readonly lastUsedAt?: number
}

export type CredentialKind = 'partner' | 'mobile'

/** A credential as an operator may see it: without its secrets. */
export type CredentialView = Omit<Credential, 'sealedSecret' | 'previous'> & { readonly previousValidUntil?: number }

export function viewCredential({ sealedSecret: _, previous, ...rest }: Credential): CredentialView {
  return { ...rest, ...(previous && { previousValidUntil: previous.validUntil }) }
}

/** What a sealed secret is bound to: moved to another row, it does not open. */
export function secretContext(credentialId: string): string {
  return `credentials/${credentialId}`
}

/** Why an operator's wish for a credential was not carried out, said so that it can be put right. */
export type CredentialProblem =
  | { readonly problem: 'account_unknown'; readonly message: string }
  | { readonly problem: 'credential_unknown'; readonly message: string }
  | { readonly problem: 'credential_disabled'; readonly message: string }
  | { readonly problem: 'api_key_taken'; readonly message: string }
  | { readonly problem: 'api_key_unusable'; readonly message: string }
  | { readonly problem: 'web_context_taken'; readonly message: string }
  | { readonly problem: 'web_context_unusable'; readonly message: string }
  | { readonly problem: 'secret_unusable'; readonly message: string }

export type CredentialOutcome<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & CredentialProblem)

export function credentialProblem(
  problem: CredentialProblem['problem'],
  message: string,
): { readonly ok: false } & CredentialProblem {
  return { ok: false, problem, message }
}
