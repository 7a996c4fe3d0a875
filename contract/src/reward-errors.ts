import { formatMoney } from './decimals.ts'
import { counted, type ErrorRow, type NoFacts, oneOf, row } from './error-row.ts'

/** A reward does not apply: one sentence that a customer understands and that says what would satisfy it. */
function unmet<Facts extends object>(example: Facts, sentence: (facts: Facts) => string, developer = sentence): ErrorRow<Facts> {
  return row(400, 400, example, developer, sentence)
}

interface Compared {
  readonly required: number
  readonly actual: number
}
interface ComparedMoney extends Compared {
  /** Decimals of the order's currency; `required` and `actual` are minor units. */
  readonly digits: number
}
interface Chosen {
  readonly actual: string
  /** What the reward allows, as a customer would say it. */
  readonly allowed: readonly string[]
}
interface OfReward {
  readonly reward: string
}

/**
 * Why a reward could not be applied. At checkout these are no errors: the answer is 200 with discount 0, `details` as its message and
 * the name as its reason. At any later status they are 400 with code 400, and nothing has changed.
 */
export const REWARD_ERRORS = {
  reward_unknown: unmet<OfReward>(
    { reward: '2234402' },
    () => 'This reward is not available.',
    ({ reward }) => `Reward ${reward} is not one of this member's. Take the id from GET /loyalty/accounts/{id}/rewards.`,
  ),
  reward_held: unmet<OfReward>(
    { reward: '2234402' },
    () => 'This reward is being used by another order. It is free again when that order is cancelled.',
  ),
  reward_used: unmet<OfReward>({ reward: '2234402' }, () => 'This reward has already been used.'),
  points_insufficient: unmet<Compared>(
    { required: 100, actual: 50 },
    ({ required, actual }) => `This reward needs ${required} points; ${actual} are available.`,
  ),
  amount_exceeds_balance: unmet<ComparedMoney>(
    { required: 2500, actual: 2000, digits: 2 },
    ({ required, actual, digits }) =>
      `Your points are worth ${formatMoney(actual, digits)}; ${formatMoney(required, digits)} cannot be paid with them.`,
  ),
  discount_mismatch: unmet<ComparedMoney>(
    { required: 120, actual: 200, digits: 2 },
    ({ required, digits }) => `The discount of this reward on this order is ${formatMoney(required, digits)}.`,
    ({ required, actual, digits }) =>
      `The reward's discount on this cart is ${formatMoney(required, digits)}; got ${formatMoney(actual, digits)}. Send the discount that a new checkout answers.`,
  ),
  hold_lapsed: unmet<OfReward>(
    { reward: '2234402' },
    () => 'This reward was kept for your order for a limited time and has been used since.',
    ({ reward }) =>
      `The hold on reward ${reward} lapsed and another order has taken it. Bill the order without the reward, or void it.`,
  ),
  multiple_rewards: unmet<{ count: number; path: string }>(
    { count: 2, path: 'basket.rewards' },
    () => 'Only one reward can be used per order.',
    ({ count, path }) => `\`${path}\` has ${count} rewards; one order takes one. The shop's own discounts go into \`discount\`.`,
  ),
  reward_guest: unmet<NoFacts>({}, () => 'Please sign in as a member to use a reward.'),
  starter_not_allowed: unmet<NoFacts>({}, () => 'Please complete your registration with an email address to use rewards.'),
  min_subtotal: unmet<ComparedMoney>(
    { required: 2500, actual: 2000, digits: 2 },
    ({ required, actual, digits }) =>
      `This reward requires ${formatMoney(required, digits)} of qualifying items; this order has ${formatMoney(actual, digits)}.`,
  ),
  not_at_store: unmet<Chosen>({ actual: '888888', allowed: ['999999'] }, ({ allowed }) =>
    allowed.length > 5
      ? 'This reward cannot be used at this store.'
      : `This reward cannot be used at this store; it can at ${allowed.length === 1 ? 'store' : 'stores'} ${oneOf(allowed)}.`,
  ),
  not_in_source: unmet<Chosen>(
    { actual: 'web', allowed: ['instore'] },
    ({ actual, allowed }) => `This reward is for orders by ${oneOf(allowed)} only, not ${actual}.`,
  ),
  order_type: unmet<Chosen>(
    { actual: 'catering', allowed: ['regular'] },
    ({ actual, allowed }) => `This reward is for ${oneOf(allowed)} orders only, not ${actual}.`,
  ),
  rendition: unmet<Chosen>(
    { actual: 'delivery', allowed: ['onsite', 'pickup'] },
    ({ actual, allowed }) => `This reward is for ${oneOf(allowed)} orders only, not ${actual}.`,
  ),
  wrong_day: unmet<Chosen>(
    { actual: 'Monday', allowed: ['Tuesday'] },
    ({ allowed }) => `This reward can be used on ${oneOf(allowed)} only.`,
  ),
  wrong_time: unmet<Chosen>(
    { actual: '14:20', allowed: ['15:00 to 17:00'] },
    ({ actual, allowed }) => `This reward can be used from ${oneOf(allowed)} only; it is ${actual} at this store.`,
  ),
  not_started: unmet<{ from: string }>({ from: '2026-12-01' }, ({ from }) => `This reward can be used from ${from} on.`),
  expired: unmet<{ until: string }>({ until: '2026-10-31' }, ({ until }) => `This reward could be used until ${until}.`),
  blackout: unmet<{ on: string }>({ on: '2026-12-24' }, ({ on }) => `This reward cannot be used on ${on}.`),
  first_order_only: unmet<NoFacts>({}, () => "This reward is for a member's first order only."),
  member_limit: unmet<{ limit: number }>(
    { limit: 5 },
    ({ limit }) => `This reward can be used ${times(limit)} per member, and you have done so.`,
  ),
  day_limit: unmet<{ limit: number }>(
    { limit: 1 },
    ({ limit }) => `This reward can be used ${times(limit)} a day, and you have done so today.`,
  ),
  items_missing: unmet<Compared & { items: readonly string[] }>(
    { required: 2, actual: 1, items: ['American'] },
    ({ required, actual, items }) =>
      actual === 0
        ? `This reward needs ${counted(required, 'item')}${from(items)}; ${NONE_OF_ITEMS}.`
        : `This reward needs ${counted(required, 'item')}${from(items)}; ${required - actual} more ${required - actual === 1 ? 'is' : 'are'} missing.`,
  ),
  nothing_to_discount: unmet<NoFacts>({}, () => 'There is nothing left to pay in this order that this reward could take off.'),
  tier: unmet<Chosen>(
    { actual: 'Silver', allowed: ['Gold'] },
    ({ actual, allowed }) => `This reward is for ${oneOf(allowed)} members${actual === '' ? '' : `; you are ${actual}`}.`,
  ),
  attribute: unmet<{ needed: string }>(
    { needed: 'a birthday this month' },
    ({ needed }) => `This reward is for members with ${needed}.`,
  ),
  condition: unmet<{ needed: string }>({ needed: 'three drinks' }, ({ needed }) =>
    needed === '' ? 'This order does not meet a condition of this reward.' : `This reward needs ${needed}.`,
  ),
}

/** How a reward's message ends where none of the items that it needs is in the cart, instead of too few. */
export const NONE_OF_ITEMS = 'there is none in this order'

const times = (limit: number): string => (limit === 1 ? 'once' : limit === 2 ? 'twice' : `${limit} times`)
const from = (items: readonly string[]): string => (items.length === 0 ? '' : ` of ${oneOf(items)}`)
