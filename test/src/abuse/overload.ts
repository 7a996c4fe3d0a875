import { setTimeout as sleep } from 'node:timers/promises'
import { sale } from '../cart.ts'
import type { ErrorBody, Reply, Till } from '../client.ts'

/** What became of calls that were offered at a rate. */
export interface Outcome {
  readonly offeredPerS: number
  readonly answeredPerS: number
  readonly turnedAway: number
  /** Of those that were answered with 200, as the client saw them. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of those that were turned away. */
  readonly refusalP99Ms: number
  /** Neither 200 nor a 503 that says when to come again. */
  readonly others: readonly string[]
}

interface Call {
  readonly http: number
  readonly ms: number
  readonly problem?: string
}

/** Sockets of the till that offers: no more calls than these are on their way at once, so that none waits in the client and is called slow. */
export const OFFER_SOCKETS = 512
const TICK_MS = 10

/** How many calls a second so many clients get answered that wait for each answer. */
export async function measureCapacity(till: Till, members: readonly string[], ms: number): Promise<number> {
  const end = performance.now() + ms
  let answered = 0
  await Promise.all(
    members.map(async (member) => {
      while (performance.now() < end) {
        const { http } = await till.order(member, 'completed', sale(5))
        if (http === 200) answered += 1
      }
    }),
  )
  return Math.round((answered * 1000) / ms)
}

/** Offers calls at a steady rate, whether they are answered or not: as a thousand tills do, which know nothing of each other. */
export async function offer(till: Till, members: readonly string[], perS: number, ms: number): Promise<Outcome> {
  const calls: Call[] = []
  const under: Promise<void>[] = []
  let outstanding = 0
  let offered = 0
  const start = performance.now()
  for (let now = start; now < start + ms; now = performance.now()) {
    const due = Math.min(Math.floor(((now - start) / 1000) * perS) - offered, OFFER_SOCKETS - outstanding)
    for (let i = 0; i < due; i++) {
      offered += 1
      outstanding += 1
      under.push(
        one(till, members[offered % members.length] ?? '').then((call) => {
          outstanding -= 1
          calls.push(call)
        }),
      )
    }
    await sleep(TICK_MS)
  }
  await Promise.all(under)
  const seconds = (performance.now() - start) / 1000
  const answered = calls.filter(({ http }) => http === 200)
  const refused = calls.filter(({ http }) => http === 503)
  return {
    offeredPerS: Math.round(offered / (ms / 1000)),
    answeredPerS: Math.round(answered.length / seconds),
    turnedAway: refused.length,
    p50Ms: quantile(answered, 0.5),
    p99Ms: quantile(answered, 0.99),
    refusalP99Ms: quantile(refused, 0.99),
    others: [...new Set(calls.flatMap(({ problem }) => problem ?? []))],
  }
}

async function one(till: Till, member: string): Promise<Call> {
  const start = performance.now()
  try {
    const reply = await till.order(member, 'completed', sale(5))
    return { http: reply.http, ms: performance.now() - start, problem: problemOf(reply as Reply<Partial<ErrorBody>>) }
  } catch (fault) {
    return { http: 0, ms: performance.now() - start, problem: String(fault) }
  }
}

function problemOf({ http, body, headers, text }: Reply<Partial<ErrorBody>>): string | undefined {
  if (http === 200) return undefined
  const isTurnedAway = http === 503 && body.reason === 'overloaded' && Number(headers['retry-after']) >= 1
  return isTurnedAway ? undefined : `${http} ${text.slice(0, 200)}`
}

function quantile(calls: readonly Call[], q: number): number {
  const sorted = calls.map(({ ms }) => ms).sort((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0)
}
