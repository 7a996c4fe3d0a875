import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openBook } from '../ledger/book.ts'
import { balanceOf, holdsOf, owedOf } from '../ledger/lots.ts'
import type { Line } from '../model.ts'
import { anyCart, anyProgram } from '../rules/test-any-program.ts'
import { ANN, said, TestShop } from './test-shop.ts'

/** Campaigns that fall due would come by themselves between two looks at a member. */
const onOrders = anyProgram(({ trigger }) => !['registration', 'birthday', 'date', 'inactivity'].includes(trigger)).filter(
  // Points that turn into a reward whose last day is over are gone, as if it had been issued and expired.
  ({ rewards }) => [...rewards.values()].every(({ expire }) => !expire || !('on' in expire) || expire.on > '2026-03-01'),
)

it('refunding everything, in any partition of the order, restores exactly the state before', () => {
  const seen = { refunded: 0, redeemed: 0, parts: 0 }
  fc.assert(
    fc.property(
      onOrders,
      anyCart,
      fc.nat({ max: 99 }),
      fc.constantFrom('a', 'b', 'none'),
      fc.infiniteStream(fc.nat()),
      (program, lines, points, reward, chance) => {
        const shop = new TestShop(program)
        shop.give(ANN, 1 + points, program.units)
        if (reward !== 'none') shop.give(ANN, 1, `reward:${reward}`)
        // The threshold turns what was given into rewards with the first order that comes: let it come before.
        shop.post(ANN, 'completed', { id: 'first', lines: [{ ...(lines[0] as Line), quantity: 1 }] })
        const before = stateOf(shop)

        const id = program.rewards.get(reward)?.rewardId
        const quote = id === undefined ? undefined : shop.post(ANN, 'checkout', { lines, reward: { id: String(id) } })
        const discount = quote?.kind === 'answered' ? quote.answer.discount : 0
        const saying = { id: 'A', lines, ...(id !== undefined && discount > 0 && { reward: { id: String(id), discount } }) }
        const sold = shop.post(ANN, 'completed', saying)
        if (sold.kind !== 'accepted') return
        if (discount > 0) seen.redeemed += 1
        const pieces = lines.flatMap((line) => Array.from({ length: line.quantity }, () => ({ ...line, quantity: 1 })))
        const parts = new Map<number, Line[]>()
        for (const piece of pieces) {
          const part = (chance.next().value ?? 0) % 3
          parts.set(part, [...(parts.get(part) ?? []), piece])
        }
        seen.parts += parts.size
        for (const [part, back] of parts) {
          const refunded = shop.post(ANN, 'refunded', { id: 'A', lines: back, refundId: `r${part}` })
          expect(said(refunded)).toBe('accepted')
        }
        expect(shop.order('A')?.state).toBe('refunded')
        expect(stateOf(shop)).toEqual(before)
        seen.refunded += 1
      },
    ),
    { numRuns: 300 },
  )
  expect(seen.refunded).toBeGreaterThan(200)
  expect(seen.redeemed).toBeGreaterThan(20)
  expect(seen.parts).toBeGreaterThan(seen.refunded)
})

/** What a member has and owes, and every count that rules go by. */
function stateOf(shop: TestShop) {
  const wallet = shop.ledger(ANN).wallet()
  const book = openBook(wallet, shop.now, () => '')
  const assets = [shop.program.units, 'reward:a', 'reward:b']
  return {
    balances: assets.map((asset) => [asset, balanceOf(book, asset), owedOf(book, asset)]),
    holds: holdsOf(book, 'A'),
    tallies: Object.fromEntries(Object.entries(wallet.tallies).filter(([, count]) => count !== 0)),
  }
}
