import { formatMoney } from './decimals.ts'
import { counted, type NoFacts, oneOf } from './error-row.ts'
import { customerMessage, refuseReward } from './errors.ts'
import { REWARD_ERRORS } from './reward-errors.ts'

/** A reason that only explanations give: nothing is refused for it. */
interface ReasonRow<Facts> {
  readonly example: Facts
  readonly sentence: (facts: Facts) => string
}

const reason = <Facts extends object>(example: Facts, sentence: (facts: Facts) => string): ReasonRow<Facts> => ({
  example,
  sentence,
})

interface Reached {
  readonly required: number
  readonly actual: number
  readonly of: string
  readonly digits: number
}

/** Why a campaign brought nothing, a tier is not reached, or a reward was not at hand. The other reasons are those of `REWARD_ERRORS`. */
export const EXPLAIN_REASONS = {
  not_issued: reason<{ by: readonly string[] }>({ by: ['Welcome'] }, ({ by }) =>
    by.length === 0 ? 'The member has none of it.' : `The member has none of it; it comes by ${oneOf(by)}.`,
  ),
  not_reached: reason<Reached>({ required: 10, actual: 7, of: 'visits', digits: 2 }, ({ required, actual, of, digits }) =>
    of === 'spend'
      ? `The next one comes at ${formatMoney(required, digits)} spent; it is ${formatMoney(actual, digits)} so far.`
      : `The next one comes at ${counted(required, of.replace(/s$/, ''))}; it is ${actual} so far.`,
  ),
  budget_used_up: reason<{ limit: number; of: string }>({ limit: 500, of: 'times' }, ({ limit, of }) =>
    of === 'times'
      ? `Its budget of ${counted(limit, 'time')} for all members together is used up.`
      : `Its budget of ${counted(limit, 'point')} for all members together is used up.`,
  ),
  nothing_paid: reason<NoFacts>({}, () => 'Nothing was paid for anything that counts here.'),
  earn_minimum: reason<{ required: number; actual: number; digits: number }>(
    { required: 1000, actual: 800, digits: 2 },
    ({ required, actual, digits }) =>
      `An order earns from ${formatMoney(required, digits)} on; this one has ${formatMoney(actual, digits)}.`,
  ),
  guest_earns_nothing: reason<NoFacts>({}, () => 'A guest earns nothing until the order is claimed.'),
  tier_not_reached: reason<{ required: number; actual: number; by: string; digits: number }>(
    { required: 500, actual: 420, by: 'points', digits: 2 },
    ({ required, actual, by, digits }) =>
      by === 'spend'
        ? `This tier needs ${formatMoney(required, digits)} spent; it is ${formatMoney(actual, digits)} so far.`
        : `This tier needs ${counted(required, 'point')}; it is ${actual} so far.`,
  ),
}

export type ExplainReason = keyof typeof EXPLAIN_REASONS

/**
 * One sentence on why a rule did not apply and what would satisfy it, fit to show a customer.
 * @param rule `reward:…`, `campaign:…` or `tier:…`: a campaign does not speak of itself as a reward.
 * @param digits decimals of the order's currency.
 * @throws when the rules gave a reason that is in neither table, or left a fact out that its sentence needs: a bug of ours.
 */
export function reasonSentence(
  { rule, reason, facts }: { rule: string; reason: string; facts: Readonly<Record<string, unknown>> },
  digits: number,
): string {
  if (!Object.hasOwn(EXPLAIN_REASONS, reason)) {
    const sentence = customerMessage(refuseReward(reason, facts, digits).refusal)
    return rule.startsWith('campaign:') ? sentence.replaceAll(/\b([Tt])his reward\b/g, '$1his campaign') : sentence
  }
  const { example, sentence } = EXPLAIN_REASONS[reason as ExplainReason] as ReasonRow<object>
  const given: Record<string, unknown> = { ...facts, digits }
  const missing = Object.keys(example).filter((name) => given[name] === undefined)
  if (missing.length > 0) throw new Error(`the rules gave the reason '${reason}' without its facts: ${missing.join(', ')}`)
  return sentence(given)
}

/** The page of reasons: every name that an explanation can give, with an example of the sentence it makes. */
export function reasonsMarkdown(): string {
  const row = (name: string, example: object) =>
    `| \`${name}\` | ${reasonSentence({ rule: `reward:${name}`, reason: name, facts: { ...example } }, 2)} |`
  const table = (rows: Readonly<Record<string, { readonly example: object }>>) => [
    '| reason | for example |',
    '| --- | --- |',
    ...Object.entries(rows).map(([name, { example }]) => row(name, example)),
    '',
  ]
  return [
    '# Reasons',
    '',
    'Made by `npm run generate` from the tables in `contract`. An explanation (`?explain=1`, `regulars explain ORDER`) names each rule that did not apply, the',
    'reason, and a sentence that says what would satisfy it. Names never change.',
    '',
    '## Why a reward does not apply',
    '',
    'At `checkout` these stand beside a discount of 0; later they refuse the call. Most of them are given for campaigns too.',
    '',
    ...table(REWARD_ERRORS),
    '## Why nothing came of a rule',
    '',
    'These are only explained: no call is refused for them.',
    '',
    ...table(EXPLAIN_REASONS),
  ].join('\n')
}
