import { refuse } from '@regulars/contract'
import { explain, type OrderDecision, type Story, storyOf } from '@regulars/engine'
import type { Commit } from '../ledger/index.ts'
import { answerText, explainText, toRefusal } from './answer.ts'
import type { OrderOutcome } from './outcome.ts'
import { openRun, type Run, type Situation } from './run.ts'
import type { LoadedRun } from './store.ts'
import { viewExplanation } from './view-explanation.ts'
import type { Tools, Work, Works } from './work.ts'

export interface DecidedRun {
  /** Of the first of the calls, at least one. */
  readonly outcomes: readonly OrderOutcome[]
  readonly commit: Commit | undefined
  readonly run: Run
  /** All of them, and nothing else came out. */
  readonly areAccepted: boolean
}

/** Each is decided on what those before it have left behind. */
export function decideRun(
  works: Works,
  loaded: LoadedRun,
  { programOf, now, mark }: Pick<Tools, 'programOf'> & { now: number; mark: string },
): DecidedRun {
  const [{ caller, memberId }] = works
  const { programVersion, membership } = loaded
  const instant = loaded.clockAt ?? now
  const program = programOf(caller.accountId, programVersion)
  const opened = openRun(memberId, loaded, { now: instant, mark })
  const outcomes: OrderOutcome[] = []
  let accepted = 0
  for (const [index, work] of works.entries()) {
    const outcome = decideNext(index, work)
    if (!outcome) break
    outcomes.push(outcome)
    if (opened.isOver()) break
  }
  return { outcomes, commit: opened.commit(caller.accountId), run: opened, areAccepted: accepted === works.length }

  /** Undefined when it has to wait for a run of its own. */
  function decideNext(index: number, work: Work): OrderOutcome | undefined {
    if (loaded.calls[index]?.credentialVersion !== work.caller.credentialVersion) return { kind: 'stale_credential' }
    if (work.readUnder !== undefined && work.readUnder !== programVersion) return { kind: 'stale_program' }
    if (!work.guest && !membership)
      return { kind: 'refused', refusal: refuse('member_unknown', { member: String(memberId) }).refusal }
    const situation = opened.situationOf(index, work.keys)
    const { decision, digits } = work.decide({ ...situation, membership, program, programVersion, now: instant })
    if (decision.kind === 'refused') return { kind: 'refused', refusal: toRefusal(decision.refusal, digits) }
    const text = decision.kind === 'replayed' ? decision.text : answerText(decision.answer, digits)
    if (decision.kind === 'accepted' && !opened.keep(decision.write, { text, request: work.request })) return undefined
    if (decision.kind === 'accepted') accepted += 1
    return { kind: 'answered', text: explained(text) }

    /** A repeat is explained by the order as it stands; what is remembered of an answer never holds its explanation. */
    function explained(text: string): string {
      const story = work.explain && storyToTell(decision, situation)
      return story
        ? explainText(text, viewExplanation(explain(programOf(caller.accountId, story.programVersion), story), digits))
        : text
    }
  }
}

/** What a decision was about: a quote's own story, else the order's as it is written or was found. */
function storyToTell(decision: OrderDecision, { found }: Situation): Story | undefined {
  if (decision.kind === 'accepted' || decision.kind === 'answered') {
    if (decision.answer.story) return decision.answer.story
    if (decision.kind === 'accepted') return storyOf(decision.write.order)
  }
  const [known] = found.values()
  return known && storyOf(known.order)
}
