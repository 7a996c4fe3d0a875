/** What the tests of the rules share: the house program of the scenarios, and carts in a few words. */
import type { Line, MemberSnapshot, OrderContext, Unit } from '../model.ts'
import { compileProgram, type Program } from '../program.ts'
import { allocate } from './allocate.ts'
import type { CampaignDocument, ProgramDocument, RewardDocument, TiersDocument } from './document.ts'
import { type EarnInput, earn } from './earn.ts'
import { type QuoteInput, quoteReward } from './quote.ts'
import type { RuleTools } from './rule-tools.ts'
import { unitsOf } from './units.ts'

/** A Sunday, noon in New York in winter. */
export const NOON = Date.parse('2026-03-01T17:00:00Z')

const HOUSE: ProgramDocument = {
  account: { id: '33559', name: 'Taste of the World', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [
    { code: '999999', name: 'Demo Store', timezone: 'America/New_York' },
    { code: '888888', name: 'West', timezone: 'America/Los_Angeles' },
  ],
  program: { type: 'points_banking', earn: { points: 1, per: '1.00', exclude: { categories: ['Gift cards'] } } },
  rewards: {
    r5: { label: '$5 Off', amount: '5.00', points: 100 },
    r10: { label: '10% Off', percent: 10, max: '3.00', points: 150 },
  },
}

interface Changes {
  account?: Partial<ProgramDocument['account']>
  program?: Partial<ProgramDocument['program']>
  rewards?: Record<string, RewardDocument>
  campaigns?: Record<string, CampaignDocument>
  settings?: ProgramDocument['settings']
  tiers?: TiersDocument
  tools?: RuleTools
}

/** The house program with something else in it. */
export function house({ account, program, rewards, campaigns, settings, tiers, tools }: Changes = {}): Program {
  const document: ProgramDocument = {
    ...HOUSE,
    account: { ...HOUSE.account, ...account },
    program: { ...HOUSE.program, ...program },
    rewards: { ...HOUSE.rewards, ...rewards },
    campaigns,
    settings,
    tiers,
  }
  return compileProgram(
    document,
    Object.fromEntries(Object.keys(document.rewards ?? {}).map((key, index) => [key, 2001 + index])),
    tools,
  )
}

/** The house program with one reward of its own, under the key `it`. */
export const rewarding = (reward: Omit<RewardDocument, 'label'>, changes: Changes = {}): Program =>
  house({ ...changes, rewards: { it: { label: 'It', ...reward } } })

/** Reads every recurrence as the day itself, alone. */
export const onDay: RuleTools['recurs'] = ({ from }) => ({
  includes: (date) => date === from,
  next: () => undefined,
  previous: () => undefined,
})

interface LineExtras {
  quantity?: number
  category?: string
  label?: string
  modifiers?: Line[]
}

/** A line of a product; its category is the product's unless given. */
export function line(
  product: string,
  cost: number,
  { quantity = 1, category = product, label = product, modifiers = [] }: LineExtras = {},
): Line {
  return { label, product, categories: [category], cost, quantity, modifiers }
}

export const MEMBER: MemberSnapshot = {
  registered: true,
  joinedAt: Date.parse('2025-06-15T12:00:00Z'),
  birthday: '1990-03-20',
  optedIn: { sms: true, email: false },
  points: 2000,
  tallies: {},
}

export const CONTEXT: OrderContext = {
  storeCode: '999999',
  source: 'instore',
  type: 'regular',
  rendition: 'onsite',
  at: NOON,
  arrivedAt: NOON,
}

export interface Sale {
  lines: Line[]
  /** The shop's own discount. */
  shop?: number
  context?: Partial<OrderContext>
  member?: Partial<MemberSnapshot> | null
}

/** A sale's units with the shop's own discount taken off. */
export function cart({ lines, shop = 0 }: Sale): { units: Unit[]; nets: number[] } {
  const units = unitsOf(lines)
  const shares = allocate(
    shop,
    units.map((unit) => unit.price),
  )
  return { units, nets: units.map((unit, index) => unit.price - (shares[index] ?? 0)) }
}

export function quote(program: Program, rewardKey: string, sale: Sale & Pick<QuoteInput, 'asked' | 'pay'>) {
  return quoteReward(program, rewardKey, { ...cart(sale), ...situation(sale), asked: sale.asked, pay: sale.pay })
}

/** What a sale earns after its reward, if it has one. */
export function earning(program: Program, sale: Sale & { reward?: string; tallies?: EarnInput['tallies'] }) {
  const { units, nets } = cart(sale)
  const quoted = sale.reward === undefined ? undefined : quoteReward(program, sale.reward, { units, nets, ...situation(sale) })
  const paid = nets.map((net, index) => net - (quoted?.ok ? (quoted.value.shares[index] ?? 0) : 0))
  return earn(program, { units, paid, ...situation(sale), tallies: sale.tallies })
}

function situation({ context, member }: Sale) {
  return { context: { ...CONTEXT, ...context }, member: member === null ? undefined : { ...MEMBER, ...member } }
}
