import type { Program } from '@regulars/engine'
import type { Queryable } from '../platform/index.ts'
import { findBudgetsUsed } from './budget-store.ts'

/** A budget of a campaign, and how much of it members have used. */
export interface BudgetState {
  readonly name: string
  readonly campaign: string
  readonly of: 'times' | 'points'
  readonly total: number
  readonly used: number
  /** Never below 0: a budget may be lowered below its use. */
  readonly left: number
}

/** The budgets of a program, with what the account has used of them. */
export async function readBudgets(db: Queryable, program: Program): Promise<BudgetState[]> {
  const used = await findBudgetsUsed(db, program.accountId)
  return program.campaigns.flatMap(({ key, budget }) => {
    if (!budget) return []
    const { name, of, total } = budget
    const spent = used[name] ?? 0
    return [{ name, campaign: key, of, total, used: spent, left: Math.max(0, total - spent) }]
  })
}
