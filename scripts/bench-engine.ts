import { cpus } from 'node:os'
import { compileProgram, earn, offersFor, type Program, quoteReward, unitsOf, whatIf } from '../engine/src/index.ts'
import type { CampaignDocument, RewardDocument } from '../engine/src/rules/document.ts'
import { ASKED_IN_FULL, BUYER, basketOf, brandWith, IDLE, idleCampaigns, ORDER } from '../engine/src/rules/idle-rules.ts'
import { RULE_TOOLS } from '../server/src/programs/rule-tools.ts'

/*
 * `npm run bench:engine [-- --json] [-- --rounds N]`: what deciding costs, in processor time, so that neighbours on the machine count
 * little. All variants run in turns within one process, and a slow minute falls on all of them; medians of the rounds. Nothing is asserted here: a test
 * counts what is evaluated, and time is for people to read.
 */
interface Variant {
  readonly name: string
  readonly run: () => unknown
}

interface Measured {
  readonly name: string
  readonly microseconds: number
  readonly perSecond: number
  readonly bytes: number
}

const SAMPLE_MS = 4
const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 41
const collect = globalThis.gc
if (!collect) throw new Error('run this as `npm run bench:engine`, which starts Node with --expose-gc')

const sizes = measure(sizeVariants())
const kinds = [...Object.keys(IDLE), 'all but expressions']
const growth = measure(kinds.flatMap((kind) => [20, 200].map((count) => idleVariant(kind, count))))
const grid = measure([10, 50, 200].flatMap((lines) => [10, 40, 160].map((rules) => matchingVariant(lines, rules))))
report()

/** The two sizes of the requirement: a quarter of the rules apply, the others miss in every way in turn. */
function sizeVariants(): Variant[] {
  return [
    { lines: 10, rules: 20 },
    { lines: 200, rules: 200 },
  ].flatMap(({ lines, rules }) => {
    const program = compiled({ ...applying(rules / 4), ...idleCampaigns((rules * 3) / 4, Object.keys(IDLE)) }, rewardsOf(rules))
    const name = `${lines} lines, ${rules} rewards, ${rules} campaigns`
    const cart = { ...ORDER, fingerprint: '', currency: 'USD', digits: 2, subtotal: 0, discount: 0, lines: basketOf(lines) }
    const input = { cart, storeCode: ORDER.storeCode, at: ORDER.at, knew: { member: BUYER, rewards: {}, at: ORDER.at } }
    return [
      { name: `order: ${name}`, run: order(program, lines) },
      { name: `list of rewards: ${name}`, run: () => offersFor(program, ORDER, BUYER) },
      { name: `what-if, all explained: ${name}`, run: () => whatIf(program, input) },
    ]
  })
}

function idleVariant(kind: string, count: number): Variant {
  const program = compiled(
    idleCampaigns(count, kind in IDLE ? [kind] : Object.keys(IDLE).filter((one) => !ASKED_IN_FULL.includes(one))),
    {},
  )
  return { name: `${kind}: ${count}`, run: order(program, 10) }
}

function matchingVariant(lines: number, rules: number): Variant {
  return { name: `${lines} lines, ${rules} campaigns`, run: order(compiled(applying(rules), {}), lines) }
}

/** What one call of an order decides: the units of the basket, the reward it asks for, and what it earns. */
function order(program: Program, lines: number): () => unknown {
  const basket = basketOf(lines)
  return () => {
    const units = unitsOf(basket)
    const nets = units.map((unit) => unit.price)
    const quoted = quoteReward(program, 'five', { units, nets, context: ORDER, member: BUYER })
    const shares = quoted.ok ? quoted.value.shares : []
    return earn(program, { units, paid: nets.map((net, index) => net - (shares[index] ?? 0)), context: ORDER, member: BUYER })
  }
}

function compiled(campaigns: Record<string, CampaignDocument>, rewards: Record<string, RewardDocument>): Program {
  const document = brandWith(campaigns, rewards)
  const ids = Object.keys(document.rewards ?? {}).map((key, index) => [key, 2_001 + index] as const)
  return compileProgram(document, Object.fromEntries(ids), RULE_TOOLS)
}

/** Campaigns that apply, each to a tenth of the basket. */
function applying(count: number): Record<string, CampaignDocument> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n): [string, CampaignDocument] => [
      `on-${n}`,
      { trigger: 'order', items: { categories: [`Category ${n % 10}`] }, when: { days: ['sun'] }, do: [{ multiply: '1.1' }] },
    ]),
  )
}

function rewardsOf(count: number): Record<string, RewardDocument> {
  return Object.fromEntries(
    Array.from({ length: count - 1 }, (_, n): [string, RewardDocument] => {
      const of = { categories: [n % 4 === 0 ? `Category ${n % 10}` : `Idle ${n}`] }
      const when = Object.values(IDLE)[n % Object.keys(IDLE).length]?.(n).when
      return [`r-${n}`, { label: `Reward ${n}`, points: 100, free: 1, of, when: n % 4 === 0 ? undefined : when }]
    }),
  )
}

function measure(variants: readonly Variant[]): Measured[] {
  const prepared = variants.map((variant) => ({ ...variant, times: timesFor(variant.run), samples: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    for (const { run, times, samples } of prepared) {
      const start = process.cpuUsage()
      for (let i = 0; i < times; i++) run()
      const { user, system } = process.cpuUsage(start)
      samples.push((user + system) / 1_000 / times)
    }
  }
  return prepared.map(({ name, run, samples }) => {
    const milliseconds = samples.sort((a, b) => a - b)[samples.length >> 1] ?? 0
    return { name, microseconds: milliseconds * 1_000, perSecond: 1_000 / milliseconds, bytes: allocated(run) }
  })
}

/** Warms up, and finds how often a variant runs in one sample. */
function timesFor(run: () => unknown): number {
  const start = performance.now()
  let times = 0
  while (performance.now() - start < 25 * SAMPLE_MS) {
    run()
    times++
  }
  return Math.max(1, Math.round(times / 25))
}

/** Bytes that one run allocates: the young generation is large enough (`--max-semi-space-size`) that none of them is collected in between. */
function allocated(run: () => unknown): number {
  const times = 40
  collect?.()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < times; i++) run()
  return Math.max(0, Math.round((process.memoryUsage().heapUsed - before) / times))
}

function report(): void {
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}`
  const ratios = kinds.map((kind, index) => {
    const [small, large] = [growth[index * 2], growth[index * 2 + 1]].map((one) => one?.microseconds ?? 0)
    return { kind, at20: small ?? 0, at200: large ?? 0, ratio: (large ?? 0) / (small || 1) }
  })
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ machine, rounds, sizes, growth: ratios, grid }, null, 2))
    return
  }
  console.log(`${machine}; medians of ${rounds} rounds, one core\n`)
  console.log(table(['decision', 'µs', 'per second', 'bytes'], sizes.map(row)))
  const growthRows = ratios.map(({ kind, at20, at200, ratio }) => [kind, at20.toFixed(1), at200.toFixed(1), ratio.toFixed(2)])
  console.log(table(['10 lines, rules that do not apply by', '20: µs', '200: µs', 'times'], growthRows))
  console.log(table(['rules that apply', 'µs', 'per second', 'bytes'], grid.map(row)))
}

function row({ name, microseconds, perSecond, bytes }: Measured): string[] {
  return [name, microseconds.toFixed(1), Math.round(perSecond).toLocaleString('en-US'), bytes.toLocaleString('en-US')]
}

/** A Markdown table, so that a run can be pasted into the docs. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line), ''].join('\n')
}
