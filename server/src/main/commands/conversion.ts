import { randomBytes } from 'node:crypto'
import type { Exchange } from '@regulars/engine'
import { readClock } from '../../accounts/index.ts'
import { type Database, startProgress } from '../../platform/index.ts'
import {
  type ApplyPlan,
  createProgramShelf,
  type Exchanged,
  listExchanges,
  readExchanged,
  readLiability,
} from '../../programs/index.ts'
import { exchangeUnits } from '../../rewards/index.ts'

/** What became of what members had: by the ledger, so that it says the same after a run that was cut off. */
export interface ConversionReport extends Exchanged, Pick<Exchange, 'version' | 'from' | 'to' | 'take' | 'give'> {
  /** Of the old unit, in the hands of orders that were placed before. */
  readonly held: number
  /** Of the new unit, what members have now, less what they owe. */
  readonly outstanding: number
}

/** Brings the last exchange of an account to all its members, or to those that a run which was cut off has left. */
export async function convertMembers(db: Database, accountId: string): Promise<ConversionReport | undefined> {
  const exchange = (await listExchanges(db, accountId)).at(-1)
  if (!exchange) return undefined
  const { version, from, to, take, give } = exchange
  const { members: total } = await readLiability(db, accountId, exchange)
  const progress = startProgress({ label: 'convert', total })
  let shown = 0
  await exchangeUnits(db, {
    accountId,
    shelf: createProgramShelf(),
    now: (await readClock(db)) ?? Date.now(),
    random: (size) => randomBytes(size),
    onProgress(done) {
      progress.advance(done - shown)
      shown = done
    },
  })
  progress.done(`${shown} members`)
  const [exchanged, old, next] = await Promise.all([
    readExchanged(db, accountId, exchange),
    readLiability(db, accountId, exchange),
    readLiability(db, accountId, { from: to, take: 1, give: 1 }),
  ])
  const outstanding = next.available + next.held - next.owed
  return { version, from, to, take, give, ...exchanged, held: old.held, outstanding }
}

export function describeReport({ held, outstanding, members, taken, given, rewarded, ...rate }: ConversionReport): string {
  const { from, to } = rate
  const holding = held > 0 ? `, and ${held} ${from} that orders hold` : ''
  const rewards = rewarded > 0 ? ` ${rewarded} ${to} became rewards at the threshold.` : ''
  return [
    `${taken} ${from} of ${members} members became ${given} ${to} at ${rate.take}:${rate.give}; ${rounding(rate, taken, given)}.`,
    `Outstanding before: ${taken + held} ${from}. After: ${outstanding} ${to}${holding}.${rewards}`,
  ].join('\n')
}

/** What a plan would do, by what is written down now. */
export function describePlan({ available, held, owed, becomes, members, ...rate }: NonNullable<ApplyPlan['conversion']>): string {
  const { from, to, take, give } = rate
  const what = `${members} members have ${available} ${from}, which become ${becomes} ${to} at ${take}:${give}; ${rounding(rate, available, becomes)}.`
  const holding =
    held > 0 ? ` Orders hold ${held} ${from} more, which stay ${from} until the order takes them or lets them go.` : ''
  const debts = owed > 0 ? ` ${owed} ${from} are owed; each member's debt is rounded down.` : ''
  return `${what}${holding}${debts}`
}

/** Each member's amount is rounded up, once. */
function rounding(
  { from, to, take, give }: Pick<Exchange, 'from' | 'to' | 'take' | 'give'>,
  taken: number,
  given: number,
): string {
  const more = given * take - taken * give
  const amount = (quantity: number) => String(Math.round(quantity * 100) / 100)
  return more === 0 ? 'nothing was rounded' : `rounding up gives ${amount(more / take)} ${to} (${amount(more / give)} ${from})`
}
