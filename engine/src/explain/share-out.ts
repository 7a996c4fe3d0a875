import type { Because, Unit } from '../model.ts'
import type { Program } from '../program.ts'
import { allocate } from '../rules/allocate.ts'
import { sum } from '../rules/exact.ts'
import type { Selector } from '../rules/selector.ts'

/** One reason of an earning, with the points that each unit brought by it. */
export interface SharedOut {
  readonly because: Because
  readonly points: readonly number[]
}

interface Sold {
  readonly units: readonly Unit[]
  readonly paid: readonly number[]
  readonly returned: ReadonlySet<number>
  readonly because: readonly Because[]
}

/**
 * Shares what each rule brought out over the units that it counted, by what was paid for them (stamps: by the piece), so that every point has a line.
 * Points are rounded once per order and not per line, so a line's part is a share by largest remainder; the parts sum to what was earned.
 */
export function shareOut(program: Program, sold: Sold): SharedOut[] {
  const brought = new Map<string, readonly number[]>()
  const add = (rule: string, points: readonly number[]) => {
    const before = brought.get(rule)
    brought.set(rule, before ? points.map((quantity, index) => quantity + (before[index] ?? 0)) : points)
  }
  return sold.because.map((because) => {
    const { rule, numbers } = because
    const { quantity = 0, withheld = 0 } = numbers ?? {}
    const points =
      withheld > 0
        ? negative(spread(withheld, (rule === 'cap' ? totals(sold.units, brought) : (brought.get(rule) ?? [])).map(atLeastZero)))
        : quantity < 0
          ? negative(spread(-quantity, weightsOf(program, rule, sold)))
          : spread(quantity, weightsOf(program, rule, sold))
    add(rule, points)
    return { because, points }
  })
}

/** What a rule counts: its own group, or everything that earns. */
function weightsOf(program: Program, rule: string, sold: Sold): number[] {
  const { of, exclude } = program.earn
  const campaign = rule.startsWith('campaign:') ? program.campaigns.find(({ key }) => `campaign:${key}` === rule) : undefined
  const group: Selector | undefined = campaign?.items ?? of
  return sold.units.map((unit, index) => {
    if (sold.returned.has(index) || exclude?.matches(unit) || (group && !group.matches(unit))) return 0
    const paid = sold.paid[index] ?? 0
    return program.units === 'stamps' ? Number(paid > 0) : paid
  })
}

/** More can be shared out than the weights sum to, and something where nothing has weight: then the first unit has it. */
function spread(quantity: number, weights: readonly number[]): number[] {
  const total = sum(weights)
  if (quantity === 0 || weights.length === 0) return weights.map(() => 0)
  if (total === 0) return weights.map((_, index) => (index === 0 ? quantity : 0))
  const scale = Math.ceil(quantity / total)
  return allocate(
    quantity,
    weights.map((weight) => weight * scale),
  )
}

function totals(units: readonly Unit[], brought: ReadonlyMap<string, readonly number[]>): number[] {
  return units.map((_, index) => sum([...brought.values()].map((points) => points[index] ?? 0)))
}

const atLeastZero = (quantity: number): number => Math.max(0, quantity)
const negative = (quantities: readonly number[]): number[] => quantities.map((quantity) => (quantity === 0 ? 0 : -quantity))
