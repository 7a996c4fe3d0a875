import type { Period } from '../zoned-time.ts'
import { type Action, type Cap, compileAction, compileCap, compilePeriod } from './action.ts'
import type { CampaignDocument } from './document.ts'
import { minorUnits } from './money.ts'
import { compileSelector, type Selector } from './selector.ts'
import { compileWhen, type When, type WhenTools } from './when.ts'

/** Something that is granted beside the ordinary earning, compiled. */
export interface Campaign {
  readonly key: string
  readonly label: string
  readonly trigger: CampaignDocument['trigger']
  readonly when: When
  readonly items?: Selector
  /** Visits, points and items: a count; spend: minor units. */
  readonly every?: number
  readonly on?: string
  /** Inactivity: how long a member has not been seen; days or longer. */
  readonly after?: Period
  readonly window: { readonly before: Period; readonly after: Period }
  readonly actions: readonly Action[]
  readonly cap?: Cap
  readonly limits: { readonly perMember?: number; readonly perDay?: number }
  readonly budget?: Budget
}

/** How often, or how many points, for all members together. `name` is what is counted under. */
export interface Budget {
  readonly name: string
  readonly of: 'times' | 'points'
  readonly total: number
}

/** What is left of budgets, by name, as far as this decision may use it. Left out altogether, budgets are no limit: a quote or a what-if. */
export type Reserved = Readonly<Record<string, number>>

/** Compiles a campaign that was checked when its file was read. */
export function compileCampaign(key: string, document: CampaignDocument, tools: WhenTools): Campaign {
  const { trigger, every, after } = document
  return {
    key,
    label: document.label ?? key,
    trigger,
    when: compileWhen(document.when, tools),
    items: document.items && compileSelector(document.items),
    every: every === undefined ? defaultEvery(trigger) : trigger === 'spend' ? minorUnits(every, tools.digits) : Number(every),
    on: document.on,
    after: after === undefined ? undefined : compilePeriod(after),
    window: {
      before: compilePeriod(document.window?.before ?? '0 days'),
      after: compilePeriod(document.window?.after ?? '0 days'),
    },
    actions: document.do.map(compileAction),
    cap: document.cap && compileCap(document.cap),
    limits: { perMember: document.limits?.per_member, perDay: document.limits?.per_day },
    budget: document.budget && compileBudget(key, document.budget),
  }
}

/** A budget of the file, with the name it is counted under. */
export function compileBudget(key: string, budget: NonNullable<CampaignDocument['budget']>): Budget {
  return 'times' in budget
    ? { name: `times:${key}`, of: 'times', total: budget.times }
    : { name: `points:${key}`, of: 'points', total: budget.points }
}

/** Each item counts, unless the file says that only every n-th does. */
function defaultEvery(trigger: CampaignDocument['trigger']): number | undefined {
  return trigger === 'item' ? 1 : undefined
}
