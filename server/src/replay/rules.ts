import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** What the recomputation needs of a program file, read by its own means. Money in cents, percentages in basis points, periods in days. */
export interface Rules {
  readonly accountId: string
  readonly currency: string
  readonly zone: string
  readonly storeCodes: readonly string[]
  readonly points: number
  readonly perCents: number
  readonly excluded: readonly string[]
  /** Points are usable through the end of this many days after the order; undefined: for ever. */
  readonly pointDays?: number
  readonly rewards: ReadonlyMap<string, RewardRule>
  /** Keys of the rewards that a new member finds. */
  readonly welcome: readonly string[]
  /** A reward that comes back expired is usable for this many days. */
  readonly graceDays: number
}

export interface RewardRule {
  readonly key: string
  readonly code: string
  /** What the tier costs; undefined: nobody can buy it. */
  readonly points?: number
  readonly days?: number
  readonly off:
    | { readonly kind: 'cents'; readonly cents: number }
    | { readonly kind: 'percent'; readonly basisPoints: number; readonly maxCents: number }
    | { readonly kind: 'dish'; readonly categories: readonly string[] }
}

type Node = Readonly<Record<string, unknown>>

/** Reads the rules of a points-banking program. Refuses whatever it cannot recompute, since a rule it overlooked would look like a server's mistake. */
export function readRules(programFile: string): Rules {
  const root = node(parse(readFileSync(programFile, 'utf8')), programFile)
  const account = node(root.account, 'account')
  const program = node(root.program, 'program')
  const earn = node(program.earn ?? {}, 'program.earn')
  const settings = node(root.settings ?? {}, 'settings')
  only(root, 'program file', ['account', 'stores', 'program', 'rewards', 'campaigns', 'settings'])
  only(program, 'program', ['type', 'units', 'earn', 'expire'])
  only(earn, 'program.earn', ['points', 'per', 'exclude'])
  must(program.type === 'points_banking', 'program.type must be points_banking')
  checkSettings(settings)
  return {
    accountId: String(account.id),
    currency: String(account.currency),
    zone: String(account.timezone),
    storeCodes: list(root.stores, 'stores').map((store) => String(node(store, 'stores').code)),
    points: Number(earn.points ?? 1),
    perCents: cents(earn.per ?? '1.00'),
    excluded: categories(earn.exclude, 'program.earn.exclude'),
    pointDays: days(program.expire, 'program.expire'),
    rewards: new Map(
      Object.entries(node(root.rewards ?? {}, 'rewards')).map(([key, reward]) => [
        key,
        readReward(key, node(reward, `rewards.${key}`)),
      ]),
    ),
    welcome: Object.entries(node(root.campaigns ?? {}, 'campaigns')).flatMap(([key, campaign]) =>
      readGrants(key, node(campaign, `campaigns.${key}`)),
    ),
    graceDays: dayCount(
      node(settings.return_grace ?? {}, 'settings.return_grace').rewards ?? '7 days',
      'settings.return_grace.rewards',
    ),
  }
}

function readReward(key: string, reward: Node): RewardRule {
  only(reward, `rewards.${key}`, ['label', 'offer', 'code', 'points', 'amount', 'percent', 'max', 'free', 'of', 'expire'])
  const common = {
    key,
    code: String(reward.code ?? ''),
    points: reward.points === undefined ? undefined : Number(reward.points),
    days: days(reward.expire, `rewards.${key}.expire`),
  }
  must(common.code !== '', `rewards.${key}.code must be there: a till finds the reward by it`)
  if (reward.amount !== undefined) {
    must(reward.of === undefined, `rewards.${key}.of must be absent beside amount`)
    return { ...common, off: { kind: 'cents', cents: cents(reward.amount) } }
  }
  if (reward.percent !== undefined) {
    must(reward.of === undefined, `rewards.${key}.of must be absent beside percent`)
    const maxCents = reward.max === undefined ? Number.MAX_SAFE_INTEGER : cents(reward.max)
    return { ...common, off: { kind: 'percent', basisPoints: cents(reward.percent), maxCents } }
  }
  must(reward.free === 1, `rewards.${key} must take off an amount, a percentage or one dish`)
  return { ...common, off: { kind: 'dish', categories: categories(reward.of, `rewards.${key}.of`) } }
}

function readGrants(key: string, campaign: Node): string[] {
  only(campaign, `campaigns.${key}`, ['label', 'trigger', 'do'])
  must(campaign.trigger === 'registration', `campaigns.${key}.trigger must be registration`)
  return list(campaign.do, `campaigns.${key}.do`).map((action) => {
    only(node(action, `campaigns.${key}.do`), `campaigns.${key}.do`, ['grant'])
    return String(node(action, `campaigns.${key}.do`).grant)
  })
}

function checkSettings(settings: Node): void {
  const known: Record<string, unknown> = {
    partial_refunds: 'keep',
    refund_shortfall: 'owe',
    strict_sequence: false,
    starters_redeem: true,
    late_orders: '72 hours',
    hold: '24 hours',
  }
  only(settings, 'settings', [...Object.keys(known), 'return_grace'])
  for (const [key, value] of Object.entries(known)) {
    must(settings[key] === undefined || settings[key] === value, `settings.${key} must be ${String(value)}`)
  }
  const points = node(settings.return_grace ?? {}, 'settings.return_grace').points
  must(
    points === undefined || dayCount(points, 'settings.return_grace.points') === 0,
    'settings.return_grace.points must be 0 days',
  )
}

function days(expire: unknown, path: string): number | undefined {
  if (expire === undefined) return undefined
  only(node(expire, path), path, ['after'])
  return dayCount(node(expire, path).after, path)
}

function dayCount(text: unknown, path: string): number {
  const match = /^(\d+) days?$/.exec(String(text))
  must(match !== null, `${path} must be counted in days, like "45 days"`)
  return Number(match?.[1])
}

function categories(group: unknown, path: string): string[] {
  if (group === undefined) return []
  only(node(group, path), path, ['categories'])
  return list(node(group, path).categories, path).map((category) => String(category).toLowerCase())
}

/** A decimal with at most two places, times a hundred. */
function cents(decimal: unknown): number {
  const match = /^(\d+)(?:\.(\d{1,2}))?$/.exec(String(decimal))
  must(match !== null, `"${String(decimal)}" must be a decimal with at most two places`)
  return Number(match?.[1]) * 100 + Number((match?.[2] ?? '').padEnd(2, '0'))
}

function node(value: unknown, path: string): Node {
  must(typeof value === 'object' && value !== null && !Array.isArray(value), `${path} must be a mapping`)
  return value as Node
}

function list(value: unknown, path: string): readonly unknown[] {
  must(Array.isArray(value), `${path} must be a list`)
  return value as readonly unknown[]
}

function only(value: Node, path: string, known: readonly string[]): void {
  for (const key of Object.keys(value)) must(known.includes(key), `${path}.${key} is a rule that it does not know`)
}

function must(condition: boolean, text: string): void {
  if (!condition) throw new Error(`The recomputation cannot check this program: ${text}`)
}
