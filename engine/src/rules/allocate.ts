import { assert, divideProduct, sum } from './exact.ts'

/**
 * Splits an amount over units by largest remainder (scenario 14): shares sum to the amount exactly and none exceeds its weight.
 * Weights are what is left to pay on units in canonical order, so that a tie goes to the earlier one: the dearer, then by product,
 * modifiers and label. Minor units; the amount may not exceed the sum of the weights.
 */
export function allocate(amount: number, weights: readonly number[]): number[] {
  const total = sum(weights)
  assert(amount >= 0 && amount <= total, `${amount} can be allocated over ${total}`)
  if (amount === 0) return weights.map(() => 0)

  const parts = weights.map((weight, index) => ({ index, ...divideProduct(amount, weight, total) }))
  const shares = parts.map((part) => part.quotient)
  const left = amount - sum(shares)
  const byRemainder = parts.sort((a, b) => b.remainder - a.remainder || a.index - b.index)
  for (const { index } of byRemainder.slice(0, left)) shares[index] = (shares[index] ?? 0) + 1
  return shares
}
