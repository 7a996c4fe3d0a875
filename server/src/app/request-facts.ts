import { NONE_OF_ITEMS } from '@regulars/contract'
import type { RequestFacts } from '../certification/index.ts'
import type { PartnerAnswer } from './partner-answer.ts'

/** What certification will want to know of a call: picked from what is at hand, nothing is parsed. */
export function factsOf(member: string | undefined, json: unknown, answer: PartnerAnswer): RequestFacts {
  const { status, basket } = Object(json) as { status?: unknown; basket?: { rewards?: unknown } | null }
  // Until a call is answered, what stands in the place of a member's id may be anything: a phone number, an address.
  const about = member === undefined || answer.kind !== 'answer' ? {} : { member }
  if (typeof status !== 'string') return { ...about, ...worthIn(answer) }
  const rewards = basket?.rewards
  const reward = (Array.isArray(rewards) ? rewards[0] : rewards) as { id?: unknown; discount?: unknown } | null | undefined
  return {
    ...about,
    status: status.toLowerCase(),
    ...(reward?.id !== undefined && {
      reward: String(reward.id),
      ...(reward.discount !== undefined && reward.discount !== null && { asked: Number(reward.discount) }),
    }),
    ...answered(answer),
  }
}

function answered(answer: PartnerAnswer): RequestFacts {
  if (answer.kind === 'refusal') {
    const { error, facts } = answer.refusal
    return error === 'items_missing' ? { none: (Object(facts) as { actual?: number }).actual === 0 } : {}
  }
  if (answer.kind === 'again' || typeof answer.body !== 'string') return {}
  const given = between(answer.body, '"discount":', ',')
  const why = between(answer.body, '"reason":"', '"')
  return {
    ...(given !== undefined && { given: Number(given) }),
    ...(why !== undefined && { why }),
    ...(why === 'items_missing' && { none: answer.body.includes(NONE_OF_ITEMS) }),
  }
}

/** Our own answers are always written alike, so that two searches do what a parser would. */
function between(text: string, start: string, end: string): string | undefined {
  const from = text.indexOf(start)
  return from === -1 ? undefined : text.slice(from + start.length, text.indexOf(end, from + start.length))
}

/** What points pay for, in a list of rewards. */
function worthIn(answer: PartnerAnswer): RequestFacts {
  if (answer.kind !== 'answer' || typeof answer.body === 'string' || !('rewards' in answer.body)) return {}
  const rewards = answer.body.rewards as readonly { id?: string; label?: string; value?: number }[]
  const worth = rewards.find(({ id, label }) => label === 'shop with points' && id?.startsWith('P_'))?.value
  return worth === undefined ? {} : { worth }
}
