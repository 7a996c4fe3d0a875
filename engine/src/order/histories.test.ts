import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Entry } from '../ledger/wallet.ts'
import { house, line } from '../rules/house-program.ts'
import type { OrderDecision } from './desk.ts'
import { ANN, BOB, HOUR, R5, type Saying, TestShop } from './test-shop.ts'

/** One call, or time that passes, or a claim of one of the receipts given out so far. */
type Step =
  | {
      readonly kind: 'post'
      readonly who: number | 'guest'
      readonly status: Parameters<TestShop['post']>[1]
      readonly saying: Saying
    }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'claim'; readonly who: number; readonly receipt: number }

const SOUP = line('soup', 1_200)
const TEA = line('tea', 800)
const CARTS: readonly Saying[] = [
  { lines: [SOUP, TEA] },
  { lines: [SOUP, TEA], reward: { id: R5, discount: 500 } },
  { lines: [SOUP, TEA, TEA], reward: { id: R5, discount: 500 } },
  { lines: [SOUP], reward: { id: '2002', discount: 120 } },
  { lines: [TEA] },
]
const PROGRAMS = [
  house({ program: { type: 'points_banking', earn: { points: 5, per: '1.00' }, expire: { after: '3 days' } } }),
  house({
    program: { type: 'points', earn: { points: 5, per: '1.00' }, threshold: 100, reward: 'r10' },
    rewards: { r10: { label: '10% Off', percent: 10 } },
  }),
  house({
    program: { type: 'points_banking', earn: { points: 5, per: '1.00' } },
    campaigns: { treat: { trigger: 'order', do: [{ grant: 'r10' }] } },
    settings: { refund_shortfall: 'forgive', partial_refunds: 'readjudicate', hold: '2 hours' },
  }),
]

const post = fc
  .record({
    who: fc.constantFrom<number | 'guest'>(ANN, ANN, ANN, ANN, ANN, BOB, 'guest'),
    status: fc.constantFrom('checkout', 'placed', 'placed', 'billed', 'completed', 'completed', 'voided', 'refunded', 'refunded'),
    id: fc.constantFrom('A', 'B', 'C', 'D', undefined),
    uuid: fc.constantFrom('u', 'v', undefined, undefined, undefined, undefined),
    refundId: fc.constantFrom('r1', 'r2', undefined),
    cart: fc.constantFrom(...CARTS),
  })
  .map(({ who, status, id, uuid, refundId, cart }): Step => {
    return { kind: 'post', who, status, saying: { ...cart, id, uuid, ...(status === 'refunded' && { refundId }) } } as Step
  })
const wait = fc.integer({ min: 1, max: 40 }).map((hours): Step => ({ kind: 'wait', ms: hours * HOUR }))
const claim = fc.record({ kind: fc.constant('claim' as const), who: fc.constantFrom(ANN, BOB), receipt: fc.nat({ max: 5 }) })
const readable = (step: Step): Step => Object.assign(step, { [fc.toStringMethod]: () => textOf(step) })
const anyStep = fc
  .oneof({ weight: 12, arbitrary: post }, { weight: 2, arbitrary: wait }, { weight: 1, arbitrary: claim })
  .map(readable)

it('any calls in any order are decided without a failure, never make points, and a repeat of an accepted one never writes again', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(
      fc.nat({ max: PROGRAMS.length - 1 }),
      fc.array(anyStep, { minLength: 1, maxLength: 40, size: 'max' }),
      (index, steps) => {
        const shop = new TestShop(PROGRAMS[index])
        shop.give(ANN, 150)
        const accepted: (() => OrderDecision)[] = []
        for (const step of steps) {
          const decision = take(shop, step)
          if (!decision) continue
          const outcome =
            decision.kind === 'refused'
              ? decision.refusal.error
              : `${decision.kind} ${step.kind === 'post' ? step.status : step.kind}`
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
          audit(shop)
          if (decision.kind !== 'accepted' || decision.answer.status === 'checkout') continue
          expect(take(shop, step)).toEqual({ kind: 'replayed', text: JSON.stringify(decision.answer) })
          accepted.push(() => take(shop, step) as OrderDecision)
        }
        for (const again of accepted) expect(again().kind).not.toBe('accepted')
      },
    ),
    { numRuns: 800 },
  )
  // Were one of these never reached, the property would say nothing about it.
  const reached = ['placed', 'billed', 'completed', 'voided', 'refunded', 'claim'].map((status) => `accepted ${status}`)
  expect([...seen.keys()]).toEqual(expect.arrayContaining([...reached, ...REFUSALS]))
})

const REFUSALS = [
  'superseded',
  'order_voided',
  'order_refunded',
  'order_other_member',
  'reward_held',
  'points_insufficient',
  'same_key_other_content',
]

/** So that a counterexample reads as a history. */
function textOf(step: Step): string {
  if (step.kind !== 'post') return JSON.stringify(step)
  const { lines = [], reward, ...names } = step.saying
  return [step.who, step.status, JSON.stringify(names), lines.map((one) => one.label).join('+'), reward?.id ?? ''].join(' ')
}

function take(shop: TestShop, step: Step): OrderDecision | undefined {
  if (step.kind === 'post') return shop.post(step.who, step.status, step.saying)
  if (step.kind === 'wait') {
    shop.now += step.ms
    return undefined
  }
  const codes = [...shop.keys.keys()].filter((key) => key.startsWith('receipt:'))
  const key = codes[step.receipt]
  return key === undefined ? undefined : shop.claim(step.who, key.slice('receipt:'.length))
}

/** What is true after every call. */
function audit(shop: TestShop): void {
  for (const { ownerId, orderUid } of shop.keys.values()) {
    if (!shop.orders.has(`${ownerId}/${orderUid}`)) expect.fail(`a key leads to order ${orderUid}, which is not there`)
  }
  for (const { ownerId, order } of shop.orders.values()) {
    const { movements } = shop.ledger(ownerId)
    const mine = movements.filter((movement) => movement.orderUid === order.orderUid)
    const entries = mine.flatMap((movement) => movement.entries)
    const sum = (account: Entry['account'], cause?: string) =>
      total(
        (cause === undefined ? mine : mine.filter((one) => one.cause === cause)).flatMap((one) => one.entries),
        account,
      )
    const holds = shop
      .ledger(ownerId)
      .wallet()
      .holds.filter((hold) => hold.orderUid === order.orderUid)
    const held = sum('held', 'hold')
    const stillHeld = holds.reduce((all, hold) => all + hold.quantity, 0)
    expect(
      -sum('held', 'capture') - sum('held', 'release') - sum('held', 'lapse') + stillHeld,
      'captured and let go is what was held',
    ).toBe(held)

    const taken = order.state === 'billed' || order.state === 'completed' ? (order.sale.redemption?.quantity ?? 0) : 0
    expect(sum('redeemed'), `redeemed by an order that is ${order.state}`).toBe(taken)
    if (order.state !== 'placed') expect(stillHeld).toBe(0)
    const earned = order.state === 'completed' || order.state === 'refunded' ? (order.earned?.quantity ?? 0) : 0
    const points = entries.filter((entry) => entry.asset === 'points')
    expect(0 - total(points, 'issued'), 'earned, less what was taken back').toBe(earned)
    if (ownerId < 0) expect(movements).toEqual([])
  }
}

const total = (entries: readonly Entry[], account: Entry['account']): number =>
  entries.reduce((all, entry) => (entry.account === account ? all + entry.quantity : all), 0)
