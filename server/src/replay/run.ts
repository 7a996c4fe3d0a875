import { type Answer, type Client, openClient } from './client.ts'
import { instantOf, startOf } from './days.ts'
import { type Judge, openJudge } from './judge.ts'
import { makePlan, type Plan, type PlanInput } from './plan.ts'
import { type Expected, recompute } from './recompute.ts'
import { type Actual, compareBalances, percentiles, type ReplayReport, sumUp } from './report.ts'
import type { Call } from './script.ts'
import { type Names, type Request, requestOf } from './wire.ts'

export interface ReplayOptions extends Omit<PlanInput, 'clock'> {
  readonly url: string
  readonly apiKey: string
  readonly secret: string
  /** The account that the credential belongs to; must be the program file's. */
  readonly accountId: string
  /** Without it the server's clock cannot be moved: everything arrives today, and nothing expires. */
  readonly adminToken?: string
  readonly onProgress?: (done: number, total: number) => void
}

/** How many calls are under way at once. */
const IN_FLIGHT_MAX = 16

/**
 * Sends a history through the API as tills would, and compares what every member has with the recomputation. May be run again on the same server, also
 * after either of the two was killed in the middle. Throws when the server cannot be reached, and then leaves its clock where it is: letting it run
 * would expire what the rest of the history still spends.
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const input: PlanInput = { ...options, clock: options.adminToken === undefined ? 'running' : 'moved' }
  const plan = makePlan(input)
  if (plan.rules.accountId !== options.accountId)
    throw new Error(`The program file is for account ${plan.rules.accountId}, the credential for ${options.accountId}`)
  const client = openClient(options)
  try {
    return await play(plan, client, { expected: recompute(input), ...options })
  } finally {
    client.close()
  }
}

interface Run {
  readonly plan: Plan
  readonly client: Client
  readonly names: Names
  readonly judge: Judge
  readonly latencies: number[]
  readonly answers: Record<string, number>
  retries: number
  calls: number
  readonly step: () => void
}

async function play(
  plan: Plan,
  client: Client,
  { expected, seed, onProgress }: ReplayOptions & { expected: Expected[] },
): Promise<ReplayReport> {
  const startedAt = performance.now()
  const run = openRun(plan, client, expected.length, onProgress)
  const canMove = plan.time.clock === 'moved'
  const moveTo = async (wall: number) => canMove && (await client.setClock(instantOf(wall, plan.rules.zone)))

  for (const [index, calls] of callsBySlot(plan)) {
    await moveTo(plan.slots[index]?.endsWall ?? 0)
    await sideBySide([...byChain(calls).values()], (chain) => sendChain(run, chain))
  }
  // The day after the last order has begun: a replay made again later today finds the same things expired, whatever ran in between.
  await moveTo(startOf(plan.closingDay))
  const actual = new Map<number, Actual>()
  await sideBySide(expected, async ({ member }) => {
    const found = await readMember(run, member)
    if (found) actual.set(member, found)
  })
  if (canMove) await client.setClock(null)
  return reportOf(run, { expected, actual, seed, seconds: (performance.now() - startedAt) / 1_000 })
}

function openRun(plan: Plan, client: Client, members: number, onProgress: ReplayOptions['onProgress']): Run {
  const total = plan.calls.length + members
  let done = 0
  return {
    plan,
    client,
    names: { members: new Map(), rewards: new Map(), transactions: new Map(), receipts: new Map() },
    judge: openJudge(plan),
    latencies: [],
    answers: {},
    retries: 0,
    calls: 0,
    step: () => onProgress?.(++done, total),
  }
}

function reportOf(
  run: Run,
  { expected, actual, seed, seconds }: { expected: Expected[]; actual: Map<number, Actual>; seed: number; seconds: number },
): ReplayReport {
  const verdict = run.judge.verdict()
  const differences = compareBalances(expected, actual)
  return {
    ok: verdict.unexpectedCount === 0 && differences.length === 0,
    seed,
    seconds,
    orders: run.plan.numbers.orders ?? 0,
    calls: run.calls,
    retries: run.retries,
    answers: run.answers,
    latencyMs: percentiles(run.latencies),
    ...verdict,
    ...sumUp(expected),
    membersCompared: expected.length,
    differences,
  }
}

async function sendChain(run: Run, chain: readonly Call[]): Promise<void> {
  for (const call of chain) {
    await sendCall(run, call)
    run.step()
  }
}

async function sendCall(run: Run, call: Call): Promise<void> {
  const { plan, names, judge } = run
  let written = requestOf(plan, call, names)
  if ('missing' in written && call.kind === 'order' && call.member !== null) {
    await searchRewards(run, call.store)
    written = requestOf(plan, call, names)
  }
  if ('missing' in written) {
    judge.notSent(call, written.missing)
    return
  }
  const { request } = written
  const answers = await Promise.all(Array.from({ length: call.copies }, () => send(run, request)))
  for (const answer of answers) {
    judge.answered(call, answer)
    learn(names, call, answer)
  }
}

async function send(run: Run, request: Request): Promise<Answer> {
  const answer = await run.client.send(request)
  run.calls += 1
  run.retries += answer.attempts - 1
  run.latencies.push(answer.ms)
  run.answers[answer.status] = (run.answers[answer.status] ?? 0) + 1
  return answer
}

/** Keeps the names that an answer gives. */
function learn(names: Names, call: Call, answer: Answer): void {
  if (answer.status >= 300) return
  const body = record(answer.body)
  if (call.kind === 'create') names.members.set(call.member, String(body.id))
  if (call.kind === 'rewards') for (const reward of rewardsOf(body)) names.rewards.set(reward.code, reward.id)
  if (call.kind === 'order') {
    const { id, receipt_code: receipt } = record(body.transaction)
    if (id !== undefined) names.transactions.set(call.order, String(id))
    if (receipt !== undefined) names.receipts.set(call.order, String(receipt))
  }
}

/**
 * A repeated replay can come to an order whose reward its member no longer has, because the order is done. Reward ids are the same for all members,
 * so another one's list tells them.
 */
async function searchRewards({ client, names, plan }: Run, store: string): Promise<void> {
  for (const id of names.members.values()) {
    if (names.rewards.size === plan.rules.rewards.size) return
    const answer = await client.send({
      method: 'GET',
      uri: `/loyalty/accounts/${id}/rewards?store=${encodeURIComponent(store)}`,
      body: '',
    })
    for (const reward of rewardsOf(record(answer.body))) names.rewards.set(reward.code, reward.id)
  }
}

async function readMember(run: Run, member: number): Promise<Actual | undefined> {
  const memberId = run.names.members.get(member)
  run.step()
  if (memberId === undefined) return undefined
  const store = run.plan.rules.storeCodes[0] ?? ''
  const balance = await send(run, { method: 'GET', uri: `/loyalty/accounts/${memberId}/balance`, body: '' })
  const rewards = await send(run, {
    method: 'GET',
    uri: `/loyalty/accounts/${memberId}/rewards?store=${encodeURIComponent(store)}`,
    body: '',
  })
  const { quantity } = record(balance.body)
  return {
    memberId,
    balance: balance.status === 200 && typeof quantity === 'number' ? quantity : undefined,
    held: Object.fromEntries(rewardsOf(record(rewards.body)).map((reward) => [reward.code, reward.quantity])),
  }
}

function rewardsOf(body: Record<string, unknown>): { id: string; code: string; quantity: number }[] {
  if (!Array.isArray(body.rewards)) return []
  return body.rewards
    .map(record)
    .map(({ id, reference, quantity }) => ({ id: String(id), code: String(record(reference).code), quantity: Number(quantity) }))
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function callsBySlot(plan: Plan): Map<number, Call[]> {
  return grouped(plan.calls, (call) => call.slot)
}

const byChain = (calls: readonly Call[]): Map<string, Call[]> => grouped(calls, (call) => call.chain)

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

/** Does a job for each item, a bounded number at once. */
async function sideBySide<T>(items: readonly T[], job: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const worker = async () => {
    for (const item of waiting) await job(item)
  }
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT_MAX, items.length) }, worker))
}
