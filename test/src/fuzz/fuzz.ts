import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { exchange } from '../abuse/connections.ts'
import { sale } from '../cart.ts'
import type { Till } from '../client.ts'
import type { Product } from '../product.ts'
import { R5 } from '../programs.ts'
import { type Attack, anyAttack, type Target } from './any-attack.ts'

export interface FuzzReport {
  readonly sent: number
  /** How many of each kind and status. */
  readonly answers: Readonly<Record<string, number>>
  /** What must not be: a 5xx, an answer that is no answer, a slow one. With what reproduces it. */
  readonly findings: readonly string[]
  readonly slowestMs: number
}

/** Attacks that are generated and sent together, from one seed each. */
const CHUNK = 500
const AT_ONCE = 16
const SLOW_MS = 1_000
const FINDINGS_MAX = 20
const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'examples', 'taste-of-the-world', 'program.yaml')

/** A member with a reward, and everything else that attacks are made from. */
export async function targetOf(product: Product, till: Till): Promise<Target> {
  const member = await till.newMember()
  await till.accepted(member, 'completed', sale(500))
  const { accountId, apiKey, secret, adminToken } = product
  const { url } = till.credentials
  return {
    url,
    accountId,
    apiKey,
    secret,
    adminToken,
    member,
    reward: await till.rewardId(member, R5),
    program: await readFile(PROGRAM, 'utf8'),
  }
}

/** Sends so many attacks; the same seed makes the same ones. `onProgress` hears after each chunk. */
export async function fuzz(
  till: Till,
  target: Target,
  { count, seed, onProgress = () => {} }: { count: number; seed: number; onProgress?: (report: FuzzReport) => void },
): Promise<FuzzReport> {
  const answers: Record<string, number> = {}
  const findings: string[] = []
  let slowestMs = 0
  let sent = 0
  const report = (): FuzzReport => ({ sent, answers, findings, slowestMs })
  for (let chunk = 0; sent < count; chunk++) {
    const size = Math.min(CHUNK, count - sent)
    const attacks = fc.sample(anyAttack(target), { seed: seed + chunk, numRuns: size })
    const next = attacks.entries()
    const work = async () => {
      for (const [at, attack] of next) {
        let { outcome, ms } = await timed(till, target.url, attack)
        // A machine may stand still for a moment; an attack that makes a server slow does so again.
        if (ms > SLOW_MS) ({ outcome, ms } = await timed(till, target.url, attack))
        slowestMs = Math.max(slowestMs, ms)
        const key = `${attack.kind} ${outcome.slice(0, 3)}`
        answers[key] = (answers[key] ?? 0) + 1
        const isWrong = /^(5|fault|shape)/.test(outcome) || ms > SLOW_MS
        if (isWrong && findings.length < FINDINGS_MAX)
          findings.push(`seed ${seed + chunk}, attack ${at}, ${Math.round(ms)} ms: ${outcome.slice(0, 300)} ${described(attack)}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    sent += size
    onProgress(report())
  }
  return report()
}

async function timed(till: Till, url: string, attack: Attack): Promise<{ outcome: string; ms: number }> {
  const start = performance.now()
  const outcome = await send(till, url, attack).catch((fault: unknown) => `fault ${fault}`)
  return { outcome, ms: performance.now() - start }
}

/** The status and, of what must not be, the rest. */
async function send(till: Till, url: string, attack: Attack): Promise<string> {
  if ('bytes' in attack) {
    const text = await exchange(url, attack.bytes.toString('latin1'), { until: (got) => got.includes('\r\n\r\n'), limitMs: 200 })
    return /^HTTP\/1\.1 (\d{3}[^\r]*)/.exec(text)?.[1] ?? (text === '' ? '000 no answer yet' : `shape ${text}`)
  }
  const { http, body, text } = await till.send<{ code?: unknown; details?: unknown } | undefined>(attack.request)
  const isRefusal = typeof body?.code === 'number' && typeof body.details === 'string'
  return http >= 400 && http < 500 && !isRefusal ? `shape ${http} ${text}` : `${http} ${http >= 500 ? text : ''}`
}

function described(attack: Attack): string {
  return 'bytes' in attack ? JSON.stringify(attack.bytes.toString('latin1')) : JSON.stringify(attack.request).slice(0, 2_000)
}
