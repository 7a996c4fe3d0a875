import type { ProgramDocument } from '@regulars/engine'
import type { Queryable } from '../platform/index.ts'
import { listExchanges } from './exchange-store.ts'
import { type Conversion, conversionText, readConversion } from './read-conversion.ts'
import { hasBalances } from './store.ts'

/** What a change of program means for what members have: nothing, an exchange into another unit, or a reason against it. */
export type UnitChange = { readonly refused: string } | { readonly exchange?: Conversion }

/**
 * A balance means something under the program it was earned under: points do not turn into stamps by editing a file. Whoever changes the type or the unit
 * says what becomes of what members have.
 */
export async function checkUnits(
  db: Queryable,
  before: ProgramDocument,
  after: ProgramDocument,
  convert: string | undefined,
): Promise<UnitChange> {
  const [from, to] = [unitsOf(before), unitsOf(after)]
  const kind = (document: ProgramDocument) => `${document.program.type} in ${unitsOf(document)}`
  const asked = convert === undefined ? undefined : readConversion(convert)
  if (typeof asked === 'string') return { refused: asked }
  if (kind(before) === kind(after)) {
    if (!asked) return {}
    return { refused: `There is nothing to convert: the program stays ${kind(after)}. Apply it without --convert.` }
  }
  const fitting = from === to ? { from, to, take: 1, give: 1 } : await suggestion(db, before.account.id, from, to)
  const right = conversionText(fitting)
  if (!asked) {
    if (!(await hasBalances(db, before.account.id, from))) return {}
    const refusal = `program.type cannot change from ${kind(before)} to ${kind(after)} while members have ${from}`
    if (from === to)
      return {
        refused: `${refusal}, since they would mean something else. Pass --convert ${right} if every member is to keep the same number of ${from}.`,
      }
    return {
      refused: `${refusal}. Say what becomes of them: --convert ${right} for instance gives ${fitting.give} for every ${fitting.take}. With --dry-run it shows what that would come to.`,
    }
  }
  const misfit = misfitOf(asked, { from, to, right })
  if (misfit !== undefined) return { refused: `--convert ${convert} does not fit: ${misfit}` }
  if (from === to) return {}
  if (before.tiers?.by === 'points' && after.tiers?.by === 'points')
    return {
      refused: `tiers.by: points counts what was earned in ${from}, and from now on it would count ${to} beside them. Let tiers go by spend, or leave them out.`,
    }
  return { exchange: asked }
}

function misfitOf(asked: Conversion, { from, to, right }: { from: string; to: string; right: string }): string | undefined {
  const form = `--convert ${right}`
  if (asked.from !== from) return `members have ${from}, and no ${asked.from}. Right would be, for instance, ${form}.`
  if (asked.to !== to) return `the program counts ${to} from now on, and no ${asked.to}. Right would be, for instance, ${form}.`
  if (from === to && asked.take !== asked.give)
    return `the unit stays ${from}, and a number of them cannot become another. Right would be ${form}.`
  return undefined
}

/** The way back of the last exchange, where this is one; else a rate to think about. */
async function suggestion(db: Queryable, accountId: string, from: string, to: string): Promise<Conversion> {
  const last = (await listExchanges(db, accountId)).at(-1)
  const back = last?.from === to && last.to === from
  const { take, give } = back
    ? { take: last.give, give: last.take }
    : to === 'points'
      ? { take: 1, give: 10 }
      : { take: 10, give: 1 }
  return { from, to, take, give }
}

const unitsOf = ({ program }: ProgramDocument): string => program.units ?? (program.type === 'visits' ? 'visits' : 'points')
