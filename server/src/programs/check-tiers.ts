import { type ProgramDocument, parsePeriod, toMinor } from '@regulars/engine'
import type { Finding } from './check-shape.ts'

type Tiers = NonNullable<ProgramDocument['tiers']>

/** Tiers that no one could reach, that stand on the same step, or whose window has no months. */
export function tierFindings({ by, over, levels }: Tiers, digits: number, currency: string): Finding[] {
  const findings: Finding[] = []
  const wrong = (path: Finding['path'], message: string) => findings.push({ path: ['tiers', ...path], message })
  if ('last' in over) {
    const window = parsePeriod(over.last)
    if (window && window.unit !== 'months' && window.unit !== 'years')
      wrong(['over', 'last'], 'is counted in months or years, such as "12 months"')
    else if (window && (window.count === 0 || window.count * (window.unit === 'years' ? 12 : 1) > 120))
      wrong(['over', 'last'], 'is from 1 month to 10 years')
  }
  if (Object.keys(levels).length === 0) wrong(['levels'], 'has no tier; add one such as { gold: { label: Gold, from: 1000 } }')
  const steps = new Map<number, string>()
  for (const [key, { from, multiply }] of Object.entries(levels)) {
    const step = by === 'spend' ? toMinor(from, digits) : Number(from)
    if (step === undefined) wrong(['levels', key, 'from'], `${from} is finer than ${currency}, which has ${digits} decimals`)
    else if (!Number.isSafeInteger(step)) wrong(['levels', key, 'from'], 'is a whole number of points')
    else if (step <= 0) wrong(['levels', key, 'from'], 'must be more than 0: who has nothing yet stands in no tier')
    else if (steps.has(step))
      wrong(['levels', key, 'from'], `stands on the same step as ${steps.get(step)}; every tier needs one of its own`)
    if (step !== undefined) steps.set(step, key)
    if (multiply !== undefined && !(Number(multiply) >= 1 && Number(multiply) <= 1000 && toMinor(multiply, 4) !== undefined))
      wrong(['levels', key, 'multiply'], 'must be from 1 to 1000, with at most 4 decimals')
  }
  return findings
}
