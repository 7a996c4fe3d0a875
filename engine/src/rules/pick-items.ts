import type { Line, Unit } from '../model.ts'
import type { Reward } from '../program.ts'
import type { Selector } from './selector.ts'

/** Something that a reward can make free or cheaper: a unit, or a modifier on one. `base` is what can come off it, in minor units. */
export interface Piece {
  readonly index: number
  readonly base: number
}

export type Picked =
  | { readonly ok: true; readonly pieces: readonly Piece[] }
  | { readonly ok: false; readonly required: number; readonly actual: number; readonly items: readonly string[] }

/**
 * Chooses the items of a reward, cheapest first unless it says dearest (scenarios 16 to 19). With `buy`, what is bought and what is discounted
 * are never the same unit, and the reward repeats until its limit or the units run out; a last turn may find fewer items than it offers.
 * @param nets what is left to pay per unit after the shop's own discount.
 */
export function pickItems(reward: Reward, quantity: number, units: readonly Unit[], nets: readonly number[]): Picked {
  const candidates = byPreference(reward, units, nets)
  // What costs nothing already is no gift; it is not missing either.
  const pieces = candidates.filter((piece) => piece.base > 0)
  const bought = reward.buy ? indexesOf(reward.buy.of, units) : undefined
  const turnsMax = reward.limits.perOrder ?? (reward.buy ? Number.MAX_SAFE_INTEGER : 1)
  if (!reward.buy || !bought) {
    return candidates.length === 0 ? missing(1, 0, reward.of) : { ok: true, pieces: pieces.slice(0, quantity * turnsMax) }
  }

  const need = reward.buy.quantity
  if (bought.size < need) return missing(need, bought.size, reward.buy.of)
  if (candidates.length === 0) return missing(1, 0, reward.of)
  const taken = bestTurns({ pieces, bought, need, quantity, turnsMax })
  return taken.length === 0 && pieces.length > 0 ? missing(need + 1, bought.size, reward.of) : { ok: true, pieces: taken }
}

interface Offer {
  readonly pieces: readonly Piece[]
  readonly bought: ReadonlySet<number>
  readonly need: number
  readonly quantity: number
  readonly turnsMax: number
}

/** More turns need more bought units, which are then not discounted: the smallest number of turns that discounts the most items. */
function bestTurns({ pieces, bought, need, quantity, turnsMax }: Offer): readonly Piece[] {
  const outside = pieces.filter((piece) => !bought.has(piece.index)).length
  const inside = new Set(pieces.filter((piece) => bought.has(piece.index)).map((piece) => piece.index)).size
  const found = (turns: number) => Math.min(turns * quantity, outside + Math.min(inside, bought.size - turns * need))
  const possible = Math.min(turnsMax, Math.floor(bought.size / need))
  let turns = 1
  // `found` rises by `quantity` a turn until the units run out, and falls after that: the first turn that gains nothing ends the search.
  while (turns < possible && found(turns + 1) > found(turns)) turns++
  return takeFree(pieces, bought, { count: turns * quantity, spare: bought.size - turns * need })
}

/** Takes pieces in order, but of the units that qualify as bought only so many that enough of them stay bought. */
function takeFree(
  pieces: readonly Piece[],
  bought: ReadonlySet<number>,
  { count, spare }: { count: number; spare: number },
): readonly Piece[] {
  const taken: Piece[] = []
  const used = new Set<number>()
  for (const piece of pieces) {
    if (taken.length >= count) break
    if (bought.has(piece.index) && !used.has(piece.index)) {
      if (used.size >= spare) continue
      used.add(piece.index)
    }
    taken.push(piece)
  }
  return taken
}

/** The pieces of the reward group, cheapest or dearest first; among equals, units in canonical order. */
function byPreference(reward: Reward, units: readonly Unit[], nets: readonly number[]): Piece[] {
  const pieces: Piece[] = []
  units.forEach((unit, index) => {
    const net = nets[index] ?? 0
    if (!reward.of || reward.of.matches(unit))
      pieces.push({ index, base: Math.min(reward.countModifiers ? unit.price : unit.ownPrice, net) })
    if (reward.modifiersQualify && reward.of) pieces.push(...modifierPieces(reward.of, unit.modifiers, index, net))
  })
  const sign = reward.pick === 'cheapest' ? 1 : -1
  return pieces.sort((a, b) => sign * (a.base - b.base) || a.index - b.index)
}

function modifierPieces(of: Selector, modifiers: readonly Line[], index: number, net: number): Piece[] {
  return modifiers.flatMap((modifier) => {
    const inner = modifierPieces(of, modifier.modifiers, index, net)
    const own = of.matches(modifier) ? [{ index, base: Math.min(modifier.cost, net) }] : []
    return Array.from({ length: modifier.quantity }, () => [...own, ...inner]).flat()
  })
}

function indexesOf(selector: Selector, units: readonly Unit[]): Set<number> {
  return new Set(units.flatMap((unit, index) => (selector.matches(unit) ? [index] : [])))
}

function missing(required: number, actual: number, of: Selector | undefined): Picked {
  return { ok: false, required, actual, items: of?.names ?? [] }
}
