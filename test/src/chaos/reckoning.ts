import { setTimeout as sleep } from 'node:timers/promises'
import type { AppliedProgram, Scene } from './faults.ts'
import { linearize } from './linearize.ts'
import { callsOf, grouped, type HistoryEvent } from './member-history.ts'
import { NOBODY, stateKey } from './member-model.ts'
import type { Random } from './random.ts'
import { type Stage, verifyLedger } from './stage.ts'
import { callUntilAnswered, readBalance, type Shop } from './till.ts'

interface Reckoning {
  readonly scene: Scene
  readonly members: readonly string[]
  readonly history: readonly HistoryEvent[]
  readonly random: Random
  readonly violations: string[]
  readonly tell: (line: string) => void
}

/** Who sends every answered call once more. */
const REPEATERS = 24
/** How often a reckoning of an hour says how far it is. */
const TELL_MS = 5_000

/** So many are told in full: a server that has lost everything would fill the memory with its answers. */
const ANEW_TOLD = 500

/** Everything that must hold once all is quiet again. Gives how many calls were sent again. */
export async function reckon({ scene, members, history, random, violations, tell }: Reckoning): Promise<number> {
  const { shop, stage, mailed } = scene
  const told = (fault: Error) => void violations.push(fault.message)
  // In the history too: what is there in the end must follow from what was answered.
  await readAll().catch(told)
  const sent = history.flatMap((event) => event.sent ?? [])
  const repeated = await repeatAll(shop, random, sent, { violations, tell })
  violations.push(...wrongHistories(members, history, tell))
  violations.push(...wrongVersions(history, scene.applied))
  tell('regulars verify')
  await verifyLedger(stage).catch(told)
  tell(`${mailed.length} mails`)
  await mailsArrive(stage, mailed).catch(told)
  return repeated

  async function readAll(): Promise<void> {
    for (const member of members) await readBalance(shop, random, member)
  }
}

/** Until all are answered, or one is not: then nobody waits for each of the others in turn, which would take days. */
async function repeatAll(
  shop: Shop,
  random: Random,
  sent: readonly NonNullable<HistoryEvent['sent']>[],
  { violations, tell }: Pick<Reckoning, 'violations' | 'tell'>,
): Promise<number> {
  let repeated = 0
  let anew = 0
  let isOver = false
  const teller = setInterval(() => tell(`${repeated} of ${sent.length} answered calls sent once more`), TELL_MS)
  const repeaters = Array.from({ length: REPEATERS }, async (_, repeater) => {
    const chance = random.fork()
    for (let index = repeater; index < sent.length && !isOver; index += REPEATERS) {
      const one = sent[index]
      if (!one) break
      const { path, body, answer } = one
      const again = await callUntilAnswered(shop, chance, path, body)
      repeated += 1
      if (again.text === answer) continue
      anew += 1
      if (anew <= ANEW_TOLD) violations.push(`an answered call is answered anew:\n${body}\nfirst ${answer}\nthen  ${again.text}`)
    }
  })
  const ends = repeaters.map((repeater) =>
    repeater.catch((fault: Error) => {
      isOver = true
      violations.push(fault.message)
    }),
  )
  await Promise.all(ends).finally(() => clearInterval(teller))
  if (anew > ANEW_TOLD) violations.push(`${anew - ANEW_TOLD} more answered calls are answered anew: ${anew} of ${sent.length}`)
  return repeated
}

function wrongHistories(members: readonly string[], history: readonly HistoryEvent[], tell: (line: string) => void): string[] {
  const begun = performance.now()
  let told = begun
  const wrong: string[] = []
  let attempts = 0
  const ofMember = grouped(history, ({ member }) => member)
  for (const [index, member] of members.entries()) {
    const events = ofMember.get(member) ?? []
    const verdict = linearize(callsOf(events), NOBODY, stateKey)
    if (verdict.ok) attempts += verdict.attempts
    else wrong.push(`member ${member}, ${events.length} calls: ${verdict.stuck}`)
    if (performance.now() - told < TELL_MS) continue
    told = performance.now()
    tell(`${index + 1} of ${members.length} members' histories`)
  }
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
  tell(`${members.length} members' histories in ${seconds} s: ${history.length} calls, ${attempts} attempts to place one`)
  return wrong
}

interface Earning {
  readonly order: string
  readonly earned: number
  readonly paid: number
  /** The order's first call, whose program it keeps. */
  readonly begun: HistoryEvent
}

/** An order earns by a version that was in force while its first call was made: not an older one, and never a mixture. */
function wrongVersions(history: readonly HistoryEvent[], applied: readonly AppliedProgram[]): string[] {
  const earnings = earningsOf(history)
  const inForce = narrowed(applied, earnings)
  return earnings.flatMap(({ order, earned, paid, begun }) => {
    const possible = multipliersBetween(inForce, begun.start, begun.end).map((multiply) => paid * multiply)
    return possible.includes(earned) ? [] : [`${order} earned ${earned}, not ${possible.join(' or ')}`]
  })
}

function earningsOf(history: readonly HistoryEvent[]): Earning[] {
  const first = new Map<string, HistoryEvent>()
  const earnings: Earning[] = []
  for (const event of [...history].sort((a, b) => a.start - b.start)) {
    const { happened } = event
    if (happened.kind !== 'order' || !happened.accepted || event.optional) continue
    const begun = first.get(happened.order) ?? event
    first.set(happened.order, begun)
    if (happened.status !== 'completed' || !event.sent) continue
    const { subtotal, discount = 0 } = JSON.parse(event.sent.body) as { subtotal: number; discount?: number }
    earnings.push({ order: happened.order, earned: happened.earned, paid: subtotal - discount, begun })
  }
  return earnings
}

/**
 * A version was in force at the latest when the first order that earned by it had been answered, which is long before the command that applied it has ended: a
 * server that has not heard of it is behind from then on.
 */
function narrowed(applied: readonly AppliedProgram[], earnings: readonly Earning[]): AppliedProgram[] {
  return applied.map((one, index) => {
    const since = applied[index - 1]?.end ?? Number.NEGATIVE_INFINITY
    const shown = earnings.filter(
      ({ earned, paid, begun }) =>
        begun.start > since && begun.end >= one.start && begun.end < one.end && earned === paid * one.multiply,
    )
    return { ...one, end: shown.reduce((soonest, { begun }) => Math.min(soonest, begun.end), one.end) }
  })
}

function multipliersBetween(applied: readonly AppliedProgram[], start: number, end: number): number[] {
  const before = applied.filter((one) => one.end < start).at(-1)?.multiply ?? 1
  return [before, ...applied.filter((one) => one.end >= start && one.start <= end).map(({ multiply }) => multiply)]
}

/** Whoever was killed while sending a mail had it leased for two minutes; the next one to take it needs a moment. */
const MAIL_MS = 180_000

/** A slow mail server delays mail and loses none. */
async function mailsArrive({ smtp }: Stage, addresses: readonly string[]): Promise<void> {
  const until = Date.now() + MAIL_MS
  while (Date.now() < until) {
    if (addresses.every((address) => smtp.recipients.has(address))) return
    await sleep(200)
  }
  throw new Error(`mail never reached ${addresses.filter((address) => !smtp.recipients.has(address)).join(', ')}`)
}
