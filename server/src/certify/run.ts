import { randomBytes, randomInt } from 'node:crypto'
import { CHECK_NAMES, type CheckName } from '@regulars/contract'
import * as lookups from './check-lookups.ts'
import * as orders from './check-orders.ts'
import * as undo from './check-undo.ts'
import type { Menu } from './menu.ts'
import { createPartner, type Partner } from './partner.ts'
import { CheckBlocked, CheckFailed, createRecorder, NotApplicable } from './recorder.ts'
import { type CertificationReport, type CheckResult, reportOf } from './report.ts'
import { createSession, type Names, type Session } from './session.ts'
import { type Survey, survey } from './survey.ts'

export interface CertifyOptions {
  readonly url: string
  readonly apiKey: string
  readonly secret: string
  /** Sign as RFC 9421 says; what is sent wrong on purpose is signed in the first way all the same, but for the wrong secret. */
  readonly messageSignatures?: boolean
  readonly accountId: string
  readonly store: string
  readonly menu: Menu
  /** The first of the phones that members get; the next ones count up from it. */
  readonly phone?: string
  /** Only these checks; all when left out. */
  readonly only?: readonly CheckName[]
  /** Checks that the operator leaves out, because the program has no such thing. */
  readonly skip?: readonly CheckName[]
  /** How many items a reward takes, by its label, instead of what quotes tell. */
  readonly needs?: ReadonlyMap<string, number>
  readonly now: () => number
  readonly onCheck?: (name: CheckName, done: number, total: number) => void
}

/** The server cannot be reached or asked at all, so no check says anything. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

type Run = (session: Session, known: Survey) => Promise<void>

/** How each line of the checklist is tried. */
const RUNS: Readonly<Record<CheckName, Run>> = {
  wrong_signature: lookups.wrongSignature,
  missing_headers: lookups.missingHeaders,
  member_created: lookups.memberCreated,
  member_known: lookups.memberKnown,
  phone_spellings: lookups.phoneSpellings,
  phone_invalid: lookups.phoneInvalid,
  member_unknown: lookups.memberUnknown,
  rewards_list: lookups.rewardsList,
  balance: lookups.balance,
  order_plain: orders.orderPlain,
  order_guest: orders.orderGuest,
  reward_money_off: (session, known) => orders.validReward(session, orders.offerOf(known, 'rebate')),
  reward_percent_off: (session, known) => orders.validReward(session, orders.offerOf(known, 'discount')),
  reward_free_item: (session, known) => orders.validReward(session, orders.offerOf(known, 'gift')),
  reward_unknown: orders.rewardUnknown,
  reward_no_items: (session, known) => orders.rewardNoItems(session, orders.offerOf(known, 'gift')),
  reward_too_few_items: orders.rewardTooFewItems,
  reward_wrong_discount: orders.rewardWrongDiscount,
  reward_held: orders.rewardHeld,
  points_whole: shop(orders.pointsWhole),
  points_part: shop(orders.pointsPart),
  points_more: shop(orders.pointsMore),
  void_plain: undo.voidPlain,
  void_reward: undo.voidReward,
  refund_plain: undo.refundPlain,
  refund_reward: undo.refundReward,
  repeat_same_answer: undo.repeatSameAnswer,
  repeat_no_effect: undo.repeatNoEffect,
  late_refused: undo.lateRefused,
  backward_refused: undo.backwardRefused,
  other_content_refused: undo.otherContentRefused,
}

function shop(run: (session: Session) => Promise<void>): Run {
  return async (session, { kind }) => {
    if (kind !== 'shop with points')
      throw new NotApplicable(`members of this program do not pay with points (it is a ${kind} program)`)
    await run(session)
  }
}

/** What is known of the program only after the survey. */
const NEED_SURVEY: ReadonlySet<CheckName> = new Set<CheckName>([
  'reward_money_off',
  'reward_percent_off',
  'reward_free_item',
  'reward_no_items',
  'reward_too_few_items',
  'reward_wrong_discount',
  'reward_held',
  'points_whole',
  'points_part',
  'points_more',
  'void_reward',
  'refund_reward',
])

/**
 * Runs the checklist against a server, as a partner would: members and orders of its own, so that it may be repeated on the same server.
 * @throws Unreachable when the server does not answer, or does not know the credential.
 */
export async function certify(options: CertifyOptions): Promise<CertificationReport> {
  const { url, accountId, store, menu, skip = [], only = CHECK_NAMES, now, onCheck } = options
  const partner = createPartner(options)
  await knock(partner, options)
  const names = createNames(options.phone)
  const place = { accountId, store, menu }
  const startedAt = now()
  const results: CheckResult[] = []
  const wanted = CHECK_NAMES.filter((name) => only.includes(name) && !skip.includes(name))
  let known: { survey?: Survey; problem?: string } | undefined

  for (const [done, name] of wanted.entries()) {
    onCheck?.(name, done, wanted.length)
    const from = now()
    const recorder = createRecorder()
    const session = createSession(partner, place, names, recorder)
    const outcome = await verdictOf(async () => {
      await RUNS[name](session, NEED_SURVEY.has(name) ? await surveyed(session) : NOTHING_KNOWN)
    })
    results.push({ name, ...outcome, ms: now() - from, evidence: recorder.evidence })
  }
  const program = known?.survey?.kind ?? 'loyalty'
  return reportOf(
    {
      url,
      account: accountId,
      store,
      startedAt: new Date(startedAt).toISOString(),
      ms: now() - startedAt,
      program,
      leftOut: CHECK_NAMES.length - wanted.length,
    },
    results,
  )

  /** Once for all checks; its calls are evidence of the check that first needed it. */
  async function surveyed(session: Session): Promise<Survey> {
    known ??= await session
      .prepare('finding out what the program offers', () => survey(session, options.needs ?? new Map()))
      .then((survey) => ({ survey }))
      .catch((error: unknown) => {
        if (error instanceof CheckBlocked) return { problem: error.message }
        throw error
      })
    if (!known.survey) throw new CheckBlocked(known.problem ?? 'the program is not known')
    return known.survey
  }
}

const NOTHING_KNOWN: Survey = { kind: 'threshold', offers: [] }

async function verdictOf(run: () => Promise<void>): Promise<Pick<CheckResult, 'outcome' | 'note'>> {
  try {
    await run()
    return { outcome: 'passed' }
  } catch (error) {
    if (error instanceof CheckFailed) return { outcome: 'failed', note: error.message }
    if (error instanceof CheckBlocked) return { outcome: 'blocked', note: error.message }
    if (error instanceof NotApplicable) return { outcome: 'not_applicable', note: error.message }
    throw error
  }
}

/** One signed call before anything else: a wrong address or secret is one mistake, not thirty failed checks. */
async function knock(partner: Partner, { store, url }: CertifyOptions): Promise<void> {
  const exchange = await partner.send('GET', `/loyalty/accounts/1/rewards?store=${encodeURIComponent(store)}`)
  const { status, answer } = exchange
  if (status === 0) throw new Unreachable(`${url} gave ${answer}.`)
  const mistake = {
    1003: 'The server does not know this --key in this environment.',
    1004: 'The --secret is not the one of this --key: the server finds the signature wrong.',
  }[/"code"\s*:\s*(1003|1004)\b/.exec(answer)?.[1] ?? '']
  if (status === 401) throw new Unreachable(`${mistake ?? 'The server refuses the credential.'} It answered 401 ${answer}`)
  if (status >= 500 || status === 404 || !answer.trimStart().startsWith('{'))
    throw new Unreachable(
      `${url} does not speak the partner API: GET ${exchange.target} answered ${status} ${answer.slice(0, 200)}`,
    )
}

/** Numbers that no other run has, so that the checklist may be run again on the same server. */
function createNames(phone = `2${String(randomInt(1e9)).padStart(9, '0')}`): Names {
  const [, head = '', tail = ''] = /^(.*?)(\d{1,9})$/.exec(phone) ?? []
  const run = randomBytes(5).toString('hex')
  let phones = 0
  let orders = 0
  return {
    phone: () => `${head}${String((Number(tail) + phones++) % 10 ** tail.length).padStart(tail.length, '0')}`,
    order: () => `certify-${run}-${++orders}`,
  }
}
