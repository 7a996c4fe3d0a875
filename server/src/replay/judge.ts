import type { Answer } from './client.ts'
import type { Plan } from './plan.ts'
import type { ReplayReport, Unexpected } from './report.ts'
import type { Call } from './script.ts'
import { orderIdOf } from './wire.ts'

/** Compares answers with what the script expects. */
export interface Judge {
  answered(call: Call, answer: Answer): void
  /** The call could not be written, because a name it needs is not known. */
  notSent(call: Call, missing: string): void
  verdict(): Pick<ReplayReport, 'repeated' | 'notSent' | 'unexpectedCount' | 'unexpected'>
}

/** More would say nothing new. */
const KEPT_MAX = 100

/**
 * A replay is a repetition when a member of its first slot was known before. What only a repetition may be answered is kept until that is clear; a call
 * that had to be made twice, because its first answer was lost, is one in itself.
 */
export function openJudge(plan: Plan): Judge {
  const unexpected: Unexpected[] = []
  const doubtful: Unexpected[] = []
  const unsent: Unexpected[] = []
  const firstSlot = plan.calls.find((call) => call.kind === 'create')?.slot
  let isRepeated = false

  return {
    answered(call, answer) {
      if (answer.status === call.expect || call.alsoAllowed.includes(answer.status)) return
      const isKnown = call.kind === 'create' && answer.status === 200
      if (isKnown && call.slot === firstSlot && answer.attempts === 1) isRepeated = true
      const found = {
        call: nameOf(plan, call),
        expected: String(call.expect),
        got: `${answer.status} ${reasonOf(answer.body)}`.trim(),
      }
      if (!call.onRepeat.includes(answer.status)) unexpected.push(found)
      else if (answer.attempts === 1) doubtful.push(found)
    },
    notSent(call, missing) {
      unsent.push({ call: nameOf(plan, call), expected: String(call.expect), got: `nothing: not sent without ${missing}` })
    },
    verdict() {
      const all = isRepeated ? unexpected : [...unexpected, ...doubtful, ...unsent]
      return {
        repeated: isRepeated,
        notSent: isRepeated ? unsent.length : 0,
        unexpectedCount: all.length,
        unexpected: all.slice(0, KEPT_MAX),
      }
    },
  }
}

function nameOf(plan: Plan, call: Call): string {
  const who = call.member === null ? 'guest' : `member ${call.member}`
  switch (call.kind) {
    case 'order':
      return `order ${orderIdOf(plan, call.order)} ${call.status} by ${who}`
    case 'claim':
      return `claim of order ${orderIdOf(plan, call.order)} by ${who}`
    default:
      return `${call.kind} of ${who}`
  }
}

function reasonOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  const { reason, message, details } = body as Record<string, unknown>
  return [reason, message ?? details].filter((part) => part !== undefined).join(': ')
}
