import type { NotPaid } from '../../../src/api.ts'
import type { ApiError } from '../api-client.ts'
import type { texts } from './texts.ts'

/** Which text says to a customer what went wrong. */
export function wordsFor({ word }: ApiError): keyof typeof texts {
  if (word === 'phone_invalid' || word === 'no_partner_server') return `error_${word}`
  if (word === 'offline' || word === 'member_unknown_offline') return 'error_offline'
  return word === 'reward_refused' ? 'why_reward_refused' : 'error_other'
}

export const wordsForUnpaid = (why: NotPaid): keyof typeof texts => `why_${why}`
