import { setTimeout as sleep } from 'node:timers/promises'
import { FAULTS, type Fault, type Happening, MAKE, type Scene } from './faults.ts'
import { MISHAPS } from './line.ts'
import type { HistoryEvent } from './member-history.ts'
import { createRandom, type Random } from './random.ts'
import { reckon } from './reckoning.ts'
import { type SdkTills, startSdkTills } from './sdk-tills.ts'
import { type Stage, setStage } from './stage.ts'
import { joinMember, readBalance, type Shop, visit } from './till.ts'

export const HAPPENINGS: readonly Happening[] = ['migration_race', ...FAULTS, 'decided_in_a_row', ...MISHAPS]

export interface ChaosReport {
  readonly seed: number
  readonly seconds: number
  readonly counts: Readonly<Record<Happening, number>>
  /** What this machine did not allow. */
  readonly impossible: readonly Happening[]
  readonly calls: number
  /** Orders that were paid at tills on the SDK. */
  readonly sdkOrders: number
  readonly repeated: number
  readonly members: number
  readonly recoveries: Scene['recoveries']
  /** Everything that a promise of the product rules out; empty when it kept them all. */
  readonly violations: readonly string[]
}

interface Options {
  readonly seed: number
  readonly seconds: number
  readonly tell: (line: string) => void
}

const TILLS = 6
/** Each till's own members, and some that all tills sell to at once: more in a longer run, or a member would buy thousands of lunches. */
const OWN_MEMBERS = (minutes: number) => 3 + Math.floor(minutes / 3)
const SHARED_MEMBERS = (minutes: number) => 2 + Math.floor(minutes / 15)
/** Who many calls come for at the same instant, beside the members that all tills share. */
const BURST_MEMBERS = (minutes: number) => 2 + Math.floor(minutes / 15)
/** Tills on the SDK, and the members of each. */
const SDK_TILLS = 2
const SDK_MEMBERS = 2
const MISHAP_CHANCE = 0.06
const PAUSE_MS = [300, 1_500] as const

/** One run: load and faults together, then the reckoning. */
export async function runChaos({ seed, seconds, tell }: Options): Promise<ChaosReport> {
  const random = createRandom(seed)
  const counts = Object.fromEntries(HAPPENINGS.map((name) => [name, 0])) as Record<Happening, number>
  const count = (name: Happening) => {
    counts[name] += 1
  }
  tell(`seed ${seed}: setting the stage`)
  const stage = await setStage({ minutes: seconds / 60, random: random.fork(), mishapChance: MISHAP_CHANCE, count })
  try {
    const violations: string[] = []
    const history: HistoryEvent[] = []
    const [a, b] = stage.servers
    const shop: Shop = {
      ...stage.credential,
      ports: [a.line.port, b.line.port],
      record: (event) => history.push(event),
      closed: false,
    }
    const [ownMembers, sharedMembers] = [OWN_MEMBERS(seconds / 60), SHARED_MEMBERS(seconds / 60)]
    const tillMembers = await makeMembers(shop, random.fork(), TILLS * ownMembers + sharedMembers)
    const burstMembers = await makeMembers(shop, random.fork(), BURST_MEMBERS(seconds / 60))
    const members = [...tillMembers, ...burstMembers]
    const sdkTills = await openSdkTills(stage, shop, random.fork())
    const scene: Scene = {
      ...{ stage, shop, sdkTills, random: random.fork(), count, violations, applied: [], recoveries: [], mailed: [] },
      bursts: { members: [...burstMembers, ...tillMembers.slice(0, 1)], made: 0 },
      probe: members[0] ?? '',
    }
    const started = performance.now()

    const faults = makeFaults(scene, { seconds, count, tell })
    const tills = Array.from({ length: TILLS }, (_, till) => {
      const shared = tillMembers.slice(0, sharedMembers)
      const own = tillMembers.slice(sharedMembers + till * ownMembers, sharedMembers + (till + 1) * ownMembers)
      return keepSelling(shop, random.fork(), `${seed}-${till}`, [...shared, ...own], violations)
    })
    const impossible = await faults.finally(() => {
      shop.closed = true
    })
    for (const { line } of stage.servers) line.behave()
    await Promise.all(tills)
    const sdk = await sdkTills.close()
    violations.push(...sdk.wrong)
    tell(`${history.length} calls in ${Math.round((performance.now() - started) / 1000)} s; checking them`)
    const repeated = await reckon({ scene, members, history, random: random.fork(), violations, tell })
    violations.push(...(await wrongBalances(shop, random.fork(), sdk.points)))
    for (const name of HAPPENINGS) {
      if (counts[name] === 0 && !impossible.has(name)) violations.push(`${name} never happened: let it run longer`)
    }
    return {
      seed,
      seconds,
      counts,
      impossible: [...impossible],
      calls: history.length,
      sdkOrders: sdk.orders,
      repeated,
      members: members.length,
      recoveries: scene.recoveries,
      violations,
    }
  } finally {
    await stage.close()
  }
}

async function makeMembers(shop: Shop, random: Random, howMany: number): Promise<string[]> {
  const first = random.between(20_000_000, 90_000_000)
  const joined = Array.from({ length: howMany }, async (_, i) => {
    const { text } = await joinMember(shop, random, `41${first + i}`)
    return (JSON.parse(text) as { id: string }).id
  })
  return Promise.all(joined)
}

async function openSdkTills(stage: Stage, shop: Shop, random: Random): Promise<SdkTills> {
  const members = await makeMembers(shop, random.fork(), SDK_TILLS * SDK_MEMBERS)
  const ofTill = (n: number) => members.slice(n * SDK_MEMBERS, (n + 1) * SDK_MEMBERS) as [string, ...string[]]
  return startSdkTills({
    ...{ folder: stage.folder, credential: stage.credential, ports: shop.ports, random },
    members: Array.from({ length: SDK_TILLS }, (_, n) => ofTill(n)),
  })
}

/** What was paid has earned, once, and what was given back has not: by the payment provider's own list. */
async function wrongBalances(shop: Shop, random: Random, points: ReadonlyMap<string, number>): Promise<string[]> {
  const wrong: string[] = []
  for (const [member, expected] of points) {
    const got = await readBalance(shop, random, member)
    if (got !== expected) wrong.push(`member ${member} of a till on the SDK has ${got} points and should have ${expected}`)
  }
  return wrong
}

/** A till at work until the shop closes. What a promise rules out ends it, and is told. */
async function keepSelling(
  shop: Shop,
  random: Random,
  name: string,
  members: readonly string[],
  violations: string[],
): Promise<void> {
  try {
    for (let order = 0; !shop.closed; order++) {
      const member = members[random.between(0, members.length - 1)] ?? ''
      await visit(shop, random, member, `${name}-${order}`)
      await sleep(random.between(0, 60))
    }
  } catch (fault) {
    violations.push(fault instanceof Error ? fault.message : String(fault))
  }
}

/** Every fault at least once and then by chance, until the time is over. Gives those that this machine does not allow. */
async function makeFaults(
  scene: Scene,
  { seconds, count, tell }: { seconds: number; count: (fault: Fault) => void; tell: (line: string) => void },
): Promise<Set<Happening>> {
  const { random } = scene
  const impossible = new Set<Happening>()
  const until = performance.now() + seconds * 1_000
  let round = 0
  while (round === 0 || performance.now() < until) {
    round += 1
    for (const fault of random.shuffled(FAULTS)) {
      if (round > 1 && performance.now() >= until) break
      if (impossible.has(fault)) continue
      tell(`${Math.max(0, Math.round((until - performance.now()) / 1000))} s left: ${fault}`)
      if (await MAKE[fault](scene)) count(fault)
      else impossible.add(fault)
      await sleep(random.between(...PAUSE_MS))
    }
  }
  return impossible
}
