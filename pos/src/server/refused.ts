import type { ErrorWord } from '../api.ts'

const HTTP: Readonly<Record<ErrorWord, number>> = {
  not_paired: 401,
  not_allowed: 403,
  wrong_code: 403,
  invalid: 400,
  not_found: 404,
  phone_invalid: 400,
  member_unknown_offline: 503,
  offline: 503,
  busy: 409,
  state_forbids: 409,
  reward_refused: 409,
  loyalty_refused: 409,
  loyalty_failed: 502,
  internal: 500,
}

/** A call that is answered with no: its word decides the HTTP status. */
export class Refused extends Error {
  readonly word: ErrorWord
  readonly reason: string | null

  constructor(word: ErrorWord, message: string, reason: string | null = null) {
    super(message)
    this.word = word
    this.reason = reason
  }

  get http(): number {
    return HTTP[this.word]
  }
}
