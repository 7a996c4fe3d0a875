import { type Program, WHOLE } from '../program.ts'

/** Turns measures into whole units by the rate, rounding down each by itself or all of them once (scenario 5). */
export class Meter {
  private readonly quantity: bigint
  private readonly divisor: bigint
  private readonly roundsFirst: boolean
  private total = 0n

  constructor({ earn: rule, units }: Program) {
    this.quantity = BigInt(rule.quantity)
    this.divisor = BigInt(units === 'points' ? rule.per : 1)
    this.roundsFirst = rule.rounding === 'round_then_multiply'
  }

  /** How many units a measure brings at a multiple of the rate, in basis points. */
  add(measure: number, basisPoints: number): number {
    const exact = BigInt(measure) * this.quantity
    const scale = BigInt(WHOLE)
    if (this.roundsFirst) return Number(((exact / this.divisor) * BigInt(basisPoints)) / scale)
    const before = this.total / (this.divisor * scale)
    this.total += exact * BigInt(basisPoints)
    return Number(this.total / (this.divisor * scale) - before)
  }
}
