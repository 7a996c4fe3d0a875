import { type Period, parsePeriod } from '../zoned-time.ts'
import type { ActionDocument, CapDocument } from './document.ts'
import { assert } from './exact.ts'
import { minorUnits } from './money.ts'

/** What a campaign, or reaching a tier, brings. A multiplier is basis points of the rate: 20,000 is double. */
export type Action =
  | { readonly kind: 'multiply'; readonly basisPoints: number }
  | { readonly kind: 'points'; readonly points: number }
  | { readonly kind: 'points_each'; readonly points: number }
  | { readonly kind: 'grant'; readonly rewardKey: string; readonly quantity: number }

export interface Cap {
  readonly points: number
  readonly per: 'order' | 'day' | 'week' | 'member'
}

/** An action that was checked when its file was read. */
export function compileAction(document: ActionDocument): Action {
  if ('multiply' in document) return { kind: 'multiply', basisPoints: minorUnits(document.multiply, 4) }
  if ('points' in document) return { kind: 'points', points: document.points }
  if ('points_each' in document) return { kind: 'points_each', points: document.points_each }
  return { kind: 'grant', rewardKey: document.grant, quantity: document.quantity ?? 1 }
}

export function compileCap({ points, per }: CapDocument): Cap {
  return { points, per }
}

/** For files that were checked when they were read: what is no period is a bug. */
export function compilePeriod(text: string): Period {
  const parsed = parsePeriod(text)
  assert(parsed !== undefined, `"${text}" is a period`)
  return parsed
}
