import { instantOf } from './days.ts'
import type { Dish } from './history.ts'
import type { Plan } from './plan.ts'
import { totalOf } from './pricing.ts'
import type { Call, OrderCall } from './script.ts'
import { uuidOf } from './seeded.ts'

/** What a till must remember from the answers: names that only the server gives. Nothing it does depends on anything else they say. */
export interface Names {
  readonly members: Map<number, string>
  /** Reward ids by code. */
  readonly rewards: Map<string, string>
  /** Transaction ids and receipt codes by order. */
  readonly transactions: Map<string, string>
  readonly receipts: Map<string, string>
}

export interface Request {
  readonly method: 'GET' | 'POST'
  /** Path and query, as it goes on the request line. */
  readonly uri: string
  readonly body: string
}

/** Writes a call as a till sends it; says which name is missing when it cannot. */
export function requestOf(plan: Plan, call: Call, names: Names): { readonly request: Request } | { readonly missing: string } {
  if (call.kind === 'create') return post('/loyalty/accounts', { customer: customerOf(plan, call.member, call.slot) })
  const id = call.member === null ? 'guest' : names.members.get(call.member)
  if (id === undefined) return { missing: `the id of member ${call.member}` }
  const account = `/loyalty/accounts/${id}`
  switch (call.kind) {
    case 'rewards':
      return get(`${account}/rewards?store=${encodeURIComponent(call.store)}`)
    case 'balance':
      return get(`${account}/balance`)
    case 'claim': {
      const receipt = names.receipts.get(call.order)
      return receipt === undefined
        ? { missing: `the receipt of order ${call.order}` }
        : post(`${account}/claims`, { receipt_code: receipt })
    }
    case 'order': {
      const body = orderBody(plan, call, names)
      return body === undefined ? { missing: `the id of reward ${call.reward?.key}` } : post(`${account}/orders`, body)
    }
  }
}

export const orderIdOf = (plan: Plan, order: string): string => `${plan.namespace}-${order}`

const get = (uri: string) => ({ request: { method: 'GET', uri, body: '' } as const })
const post = (uri: string, body: unknown) => ({ request: { method: 'POST', uri, body: JSON.stringify(body) } as const })

function customerOf(plan: Plan, member: number, slot: number): unknown {
  const planned = plan.members[member]
  return { phone: planned?.phones[slot % planned.phones.length], name: { first: planned?.first, last: planned?.last } }
}

/** Undefined when the id of its reward is not known. */
function orderBody(plan: Plan, call: OrderCall, names: Names): Record<string, unknown> | undefined {
  const { rules } = plan
  const rule = call.reward && rules.rewards.get(call.reward.key)
  const rewardId = rule && names.rewards.get(rule.code)
  if (rule && rewardId === undefined) return undefined

  const subtotal = totalOf(call.dishes)
  const id = orderIdOf(plan, call.order)
  const transaction = call.status === 'refunded' ? names.transactions.get(call.order) : undefined
  return {
    ...(call.withoutId ? {} : { id }),
    status: call.status,
    source: 'instore',
    vendor: call.store,
    brand: rules.accountId,
    type: 'regular',
    rendition: 'onsite',
    currency: rules.currency,
    subtotal: decimal(subtotal),
    ...(call.refund ? {} : amountsOf(subtotal, call.reward?.cents ?? 0, call.status)),
    placed: new Date(instantOf(call.placedWall, rules.zone)).toISOString().replace('.000Z', 'Z'),
    ...(transaction === undefined ? {} : { transaction }),
    ...(call.refund?.by === 'refund_id' ? { refund_id: call.refund.key } : {}),
    basket: {
      uuid: uuidOf(call.refund?.by === 'uuid' ? `${id} ${call.refund.key}` : id),
      ...(rewardId === undefined
        ? {}
        : { rewards: [{ provider: 'spendgo', id: rewardId, level: 'order', discount: decimal(call.reward?.cents ?? 0) }] }),
      posEntries: linesOf(call),
    },
  }
}

/** New York's sales tax, in thousandths of a per cent. */
const TAX = 8_875

function amountsOf(subtotal: number, discount: number, status: OrderCall['status']): Record<string, unknown> {
  const tax = Math.round(((subtotal - discount) * TAX) / 100_000)
  const total = subtotal - discount + tax
  const isPaid = status !== 'checkout' && status !== 'placed'
  return {
    discount: decimal(discount),
    tax: decimal(tax),
    total: decimal(total),
    ...(isPaid ? { payments: [{ tender: 'credit', issuer: 'visa', suffix: '1111', amount: decimal(total) }] } : {}),
  }
}

function linesOf({ dishes, unitLines }: OrderCall): unknown[] {
  const lines = new Map<string, { dish: Dish; quantity: number }>()
  dishes.forEach((dish, index) => {
    const key = unitLines ? String(index) : dish.product
    lines.set(key, { dish, quantity: (lines.get(key)?.quantity ?? 0) + 1 })
  })
  return [...lines.values()].map(({ dish, quantity }) => ({
    posItem: { label: dish.label, cost: decimal(dish.cents), product: dish.product, categories: [dish.category] },
    quantity,
  }))
}

const decimal = (cents: number): number => cents / 100
