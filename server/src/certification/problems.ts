import { MISTAKES, type Mistake } from '@regulars/contract'
import type { Seen } from './store.ts'

/** Something that a partner does wrong, however often: with the request that showed it last. */
export interface Problem {
  readonly kind: 'warning' | 'unsafe_retry' | 'signature'
  readonly name: string
  readonly sentence: string
  readonly count: number
  readonly requestId: string
  readonly orderId?: string
  readonly at: number
}

/** What a retry is refused for that was no repeat: something else was sent under a name that is taken. */
const UNSAFE_RETRIES: Readonly<Record<string, string>> = {
  same_key_other_content:
    'A call was sent again with other content. A repeat has to be the same bytes; a new order or refund needs an id of its own.',
  superseded: 'A cart that had been replaced was sent again. Send the newest one, or nothing.',
  order_ids_conflict: 'An id and a basket.uuid of two different orders were sent together. Keep one pair for each order.',
  order_state_forbids:
    'A status was sent that the order had passed. After a lost answer, send the same call again and nothing older.',
  order_voided: 'A call was sent after its order was voided. Nothing may be left in a queue when an order is voided.',
  order_other_member: 'An order was sent again under another member.',
}

/** What is wrong with a partner's calls, the most frequent first. */
export function problemsIn(traffic: readonly Seen[]): Problem[] {
  const found = new Map<string, Problem>()
  const note = (seen: Seen, problem: Pick<Problem, 'kind' | 'name' | 'sentence'>) => {
    const known = found.get(problem.kind + problem.name)
    found.set(problem.kind + problem.name, {
      ...problem,
      count: (known?.count ?? 0) + 1,
      requestId: seen.requestId,
      ...(seen.orderId !== undefined && { orderId: seen.orderId }),
      at: seen.at,
    })
  }
  for (const seen of traffic) {
    for (const warning of seen.warnings) {
      const [, name = 'warning', sentence = warning] = /^(\w+): (.*)$/s.exec(warning) ?? []
      note(seen, { kind: 'warning', name, sentence })
    }
    const unsafe = UNSAFE_RETRIES[seen.reason ?? '']
    if (unsafe !== undefined) note(seen, { kind: 'unsafe_retry', name: seen.reason ?? '', sentence: unsafe })
    if (seen.reason === 'signature_incorrect') note(seen, { kind: 'signature', ...signatureProblem(seen) })
  }
  return [...found.values()].sort((a, b) => b.count - a.count)
}

function signatureProblem({ facts }: Seen): Pick<Problem, 'name' | 'sentence'> {
  const { mistakes = [], secret } = facts
  if (mistakes.length === 0)
    return {
      name: 'unexplained',
      sentence:
        'The signature was wrong, and no known mistake makes it. Compare what was sent with what was signed, byte by byte: regulars debug-signature helps.',
    }
  const sentences = mistakes.flatMap((name) => (Object.hasOwn(MISTAKES, name) ? [MISTAKES[name as Mistake]] : []))
  return { name: mistakes.join('+'), sentence: [...sentences, ...(secret === undefined ? [] : [`It was ${secret}.`])].join(' ') }
}
