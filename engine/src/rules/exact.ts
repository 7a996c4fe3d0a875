/** Exact arithmetic on safe integers: products that outgrow a double go through BigInt, and every division names its rounding. */

/** A fraction of two positive integers, kept unreduced. */
export interface Ratio {
  readonly numerator: number
  readonly denominator: number
}

/** ⌊a·b/c⌋ with its remainder, exact whatever the sizes; all arguments are non-negative integers and `c` is positive. */
export function divideProduct(a: number, b: number, c: number): { quotient: number; remainder: number } {
  const product = a * b
  if (product <= Number.MAX_SAFE_INTEGER) return { quotient: Math.floor(product / c), remainder: product % c }
  const exact = BigInt(a) * BigInt(b)
  return { quotient: Number(exact / BigInt(c)), remainder: Number(exact % BigInt(c)) }
}

export const productDown = (a: number, b: number, c: number): number => divideProduct(a, b, c).quotient

export function productUp(a: number, b: number, c: number): number {
  const { quotient, remainder } = divideProduct(a, b, c)
  return remainder === 0 ? quotient : quotient + 1
}

export function productHalfUp(a: number, b: number, c: number): number {
  const { quotient, remainder } = divideProduct(a, b, c)
  return remainder * 2 >= c ? quotient + 1 : quotient
}

export function sum(amounts: readonly number[]): number {
  let total = 0
  for (const amount of amounts) total += amount
  return total
}

/** A bug, not a refusal: what the caller promised does not hold. */
export function assert(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${promise}`)
}
