import { type Fault, type PassingCall, type PassingReply, parsed } from './faulty-server.ts'

/** What can be wrong with a server, and which lines of the checklist must show it: these, and no others. */
export interface KnownFault {
  readonly name: string
  readonly fails: readonly string[]
  /** Made anew for each run, for some remember what they have seen. */
  readonly fault: () => Fault
  /** Of a program where members pay with points. */
  readonly shop?: true
  /** Further options of the command. */
  readonly options?: readonly string[]
}

type Json = Record<string, unknown>
type Edit = (json: Json, call: PassingCall) => Json | undefined

const jsonOf = (reply: PassingReply): Json => Object(parsed(reply.text)) as Json
const reasonOf = (reply: PassingReply): unknown => jsonOf(reply).reason
const quotedReason = (reply: PassingReply): unknown => (Object(jsonOf(reply).transaction) as Json).reason
const said = (status: number, json: object): PassingReply => ({ status, text: JSON.stringify(json) })
const accepted = (call: PassingCall, discount = 0): PassingReply =>
  said(200, { transaction: { id: '1', discount, status: call.status } })

/** Answers of these calls are changed. */
const edits = (applies: (call: PassingCall) => boolean, edit: Edit) => (): Fault => async (call, forward) => {
  const reply = await forward()
  const changed = applies(call) && reply.status < 300 ? edit(jsonOf(reply), call) : undefined
  return changed ? said(reply.status, changed) : reply
}
const transaction = (json: Json, change: Json): Json => ({ transaction: { ...Object(json.transaction), ...change } })

/** What the product refuses for this reason is accepted. */
const accepts =
  (status: string, reasons: readonly string[], alsoIf: (call: PassingCall) => boolean = () => true) =>
  () =>
    (async (call, forward) => {
      const reply = await forward()
      const wrongly = call.status === status && reply.status >= 400 && reasons.includes(String(reasonOf(reply))) && alsoIf(call)
      return wrongly ? accepted(call, call.reward?.discount) : reply
    }) satisfies Fault

/** Calls of this kind are answered, and nothing is done. */
const swallows = (applies: (call: PassingCall) => boolean) => (): Fault => async (call, forward) =>
  applies(call) ? accepted(call) : forward()

/** One status is done in place of another. */
const does = (instead: string, applies: (call: PassingCall) => boolean) => (): Fault => async (call, forward) => {
  if (!applies(call)) return forward()
  const reply = await forward({ body: { ...call.json, status: instead } })
  return reply.status === 200 ? said(200, transaction(jsonOf(reply), { status: call.status })) : reply
}

/** What points pay for, by a list of rewards; NaN, which equals nothing, where they pay for nothing. */
const shopWorth = (reply: PassingReply): number =>
  Number(((jsonOf(reply).rewards ?? []) as Json[]).find(({ label }) => label === 'shop with points')?.value ?? Number.NaN)

const isLookup = ({ target }: PassingCall) => target === '/loyalty/accounts'
const isRewards = ({ target }: PassingCall) => /\/rewards/.test(target)
const isBalance = ({ target }: PassingCall) => /\/balance/.test(target)
/** The whole word, as a value: an order's id may begin like a dish's. */
const sells =
  (word: string) =>
  ({ body }: PassingCall) =>
    body.includes(JSON.stringify(word))

export const FAULTS: readonly KnownFault[] = [
  {
    name: 'accepts a wrong signature',
    fails: ['wrong_signature'],
    fault: () => async (call, forward) =>
      forward({ signed: call.apiKey !== undefined && call.signature !== undefined && !call.signedRight }),
  },
  {
    name: 'accepts a call without a key',
    fails: ['missing_headers'],
    fault: () => async (call, forward) => forward({ signed: call.apiKey === undefined }),
  },
  {
    name: 'accepts an unknown key',
    fails: ['missing_headers'],
    fault: () => async (call, forward) => forward({ signed: call.apiKey === 'test_nobody_has_this_key' }),
  },
  {
    name: 'calls nobody new',
    fails: ['member_created'],
    fault: () => async (call, forward) => {
      const reply = await forward()
      return isLookup(call) && reply.status === 201 ? { ...reply, status: 200 } : reply
    },
  },
  {
    name: 'gives no status with a new member',
    fails: ['member_created'],
    fault: edits(isLookup, (json) => ({ id: json.id })),
  },
  {
    name: 'calls everybody new',
    fails: ['member_known', 'phone_spellings'],
    fault: () => async (call, forward) => {
      const reply = await forward()
      return isLookup(call) && reply.status === 200 ? { ...reply, status: 201 } : reply
    },
  },
  {
    name: 'takes each spelling for a phone of its own',
    fails: ['phone_spellings'],
    fault: () => {
      let others = 0
      return async (call, forward) => {
        const { phone = '' } = Object(call.json.customer) as { phone?: string }
        const spelt = isLookup(call) && !/^\d+$/.test(phone) && phone.replace(/\D/g, '').length >= 10
        return spelt ? forward({ body: { customer: { phone: String(9_000_000_000 + others++) } } }) : forward()
      }
    },
  },
  {
    name: 'takes anything for a phone',
    fails: ['phone_invalid'],
    fault: () => async (_call, forward) => {
      const reply = await forward()
      return jsonOf(reply).code === 2003 ? said(201, { id: '1', status: 'Active' }) : reply
    },
  },
  {
    name: 'shows a balance of nobody',
    fails: ['member_unknown'],
    fault: () => async (call, forward) => {
      const reply = await forward()
      const wrongly = isBalance(call) && call.member !== 'guest' && reply.status === 400
      return wrongly ? said(200, { quantity: 0, units: 'points', label: '', rewards: [] }) : reply
    },
  },
  {
    name: 'shows rewards of nobody',
    fails: ['member_unknown'],
    fault: () => async (call, forward) => {
      const reply = await forward()
      return isRewards(call) && reply.status === 400 && jsonOf(reply).code === 4003 ? said(200, { rewards: [] }) : reply
    },
  },
  {
    name: 'shows a balance of a guest',
    fails: ['order_guest'],
    fault: () => async (call, forward) =>
      isBalance(call) && call.member === 'guest'
        ? said(200, { quantity: 0, units: 'points', label: '', rewards: [] })
        : forward(),
  },
  {
    name: 'knows every store',
    fails: ['rewards_list'],
    fault: () => async (call, forward) => {
      const reply = await forward()
      return isRewards(call) && jsonOf(reply).code === 4002 ? said(200, { rewards: [] }) : reply
    },
  },
  {
    name: 'leaves the currency out of the list of rewards',
    fails: ['rewards_list'],
    fault: edits(isRewards, ({ rewards }) => ({
      rewards: (rewards as Json[]).map(({ currency: _, ...reward }) => reward),
    })),
  },
  { name: 'counts in units of its own', fails: ['balance'], fault: edits(isBalance, (json) => ({ ...json, units: 'coins' })) },
  {
    name: 'gives a discount where there is no reward',
    fails: ['order_plain', 'order_guest'],
    fault: edits(
      (call) => call.status === 'checkout' && !call.reward,
      (json) => transaction(json, { discount: 1 }),
    ),
  },
  {
    name: 'gives no transaction id',
    fails: ['order_plain'],
    fault: edits(
      (call) => call.status === 'billed' && !call.reward && call.member !== 'guest',
      (json) => transaction(json, { id: undefined }),
    ),
  },
  {
    name: 'awards points at billed already',
    fails: ['order_plain', 'void_plain', 'void_reward'],
    fault: does('completed', ({ status }) => status === 'billed'),
  },
  ...[
    ['$5 Off', 'reward_money_off'],
    ['10% Off', 'reward_percent_off'],
    ['Buy 1 get 1 Taco', 'reward_free_item'],
  ].map(([label = '', check = '']) => ({
    name: `bills another discount for ${label} than it has quoted`,
    fails: [check],
    fault: edits(
      (call) => call.status === 'billed' && call.reward?.label === label,
      (json, { reward }) => transaction(json, { discount: Number(reward?.discount) - 0.01 }),
    ),
  })),
  {
    name: 'takes no reward at billed',
    fails: ['reward_money_off', 'reward_percent_off', 'reward_free_item'],
    fault: () => async (call, forward) => {
      if (call.status !== 'billed' || !call.reward) return forward()
      const reply = await forward({ body: { ...call.json, status: 'placed' } })
      return reply.status === 200 ? said(200, transaction(jsonOf(reply), { status: 'billed' })) : reply
    },
  },
  {
    name: 'says nothing to the customer when a reward does not apply',
    fails: ['reward_unknown', 'reward_no_items', 'reward_too_few_items'],
    fault: edits(
      (call) => call.status === 'checkout' && call.reward !== undefined,
      (json) => transaction(json, { message: undefined }),
    ),
  },
  {
    name: 'places an order with an unknown reward',
    fails: ['reward_unknown'],
    fault: accepts('placed', ['reward_unknown']),
  },
  {
    name: 'gives a free item without qualifying items',
    fails: ['reward_no_items'],
    fault: () => async (call, forward) => {
      const reply = await forward()
      const wrongly = quotedReason(reply) === 'items_missing' && sells('certify-0')(call)
      return wrongly ? said(200, transaction(jsonOf(reply), { discount: 7 })) : reply
    },
  },
  {
    name: 'places an order without qualifying items',
    fails: ['reward_no_items'],
    fault: accepts('placed', ['items_missing'], sells('certify-0')),
  },
  {
    name: 'quotes a free item with too few items',
    fails: ['reward_too_few_items'],
    options: ['--needs', 'Buy 1 get 1 Taco=2'],
    fault: () => async (call, forward) => {
      const reply = await forward()
      const wrongly = quotedReason(reply) === 'items_missing' && sells('Taco')(call)
      return wrongly ? said(200, transaction(jsonOf(reply), { discount: 9 })) : reply
    },
  },
  {
    name: 'places an order with too few items',
    fails: ['reward_too_few_items'],
    fault: accepts('placed', ['items_missing'], sells('Taco')),
  },
  {
    name: 'takes any discount for a reward',
    fails: ['reward_wrong_discount'],
    fault: accepts('placed', ['discount_mismatch']),
  },
  {
    name: 'lets two orders hold one reward',
    fails: ['reward_held'],
    fault: accepts('placed', ['reward_held', 'points_insufficient']),
  },
  {
    name: 'lists a reward that an order holds',
    fails: ['reward_held'],
    fault: () => {
      const listed = new Map<string, PassingReply>()
      const holding = new Set<string>()
      return async (call, forward) => {
        if (isRewards(call) && holding.has(call.member)) return listed.get(call.member) ?? forward()
        const reply = await forward()
        if (isRewards(call)) listed.set(call.member, reply)
        if (call.status === 'placed' && call.reward && reply.status === 200) holding.add(call.member)
        if (call.status !== undefined && !['placed', 'checkout'].includes(call.status)) holding.delete(call.member)
        return reply
      }
    },
  },
  {
    name: 'keeps a cent of the balance back',
    shop: true,
    fails: ['points_whole'],
    fault: () => {
      const worth = new Map<string, number>()
      return async (call, forward) => {
        const reply = await forward()
        if (isRewards(call)) worth.set(call.member, shopWorth(reply))
        const whole = call.status === 'checkout' && call.reward !== undefined && call.reward.discount === worth.get(call.member)
        return whole ? said(200, transaction(jsonOf(reply), { discount: Number(call.reward?.discount) - 0.01 })) : reply
      }
    },
  },
  {
    name: 'takes all points where a part is asked',
    shop: true,
    fails: ['points_part'],
    fault: () => {
      const worth = new Map<string, number>()
      return async (call, forward) => {
        const reply = await forward()
        if (!isRewards(call) || reply.status !== 200) {
          if (call.status === 'billed' && call.reward && call.reward.discount !== worth.get(call.member))
            worth.set(call.member, 0)
          return reply
        }
        if (worth.get(call.member) === 0) return said(200, { rewards: [] })
        worth.set(call.member, shopWorth(reply))
        return reply
      }
    },
  },
  {
    name: 'pays more than the points are worth',
    shop: true,
    fails: ['points_more'],
    fault: () => {
      const worth = new Map<string, number>()
      return async (call, forward) => {
        const reply = await forward()
        if (isRewards(call)) worth.set(call.member, shopWorth(reply))
        // Points that another order holds stay held: that is another fault.
        const wrongly =
          reasonOf(reply) === 'amount_exceeds_balance' && call.status === 'placed' && (worth.get(call.member) ?? 0) > 0
        return wrongly ? accepted(call, call.reward?.discount) : reply
      }
    },
  },
  {
    name: 'awards points for a voided order',
    fails: ['void_plain'],
    fault: () => {
      const billed = new Set<string>()
      return async (call, forward) => {
        if (call.status === 'billed' && !call.reward) billed.add(call.order)
        if (call.status === 'completed') billed.delete(call.order)
        if (call.status !== 'voided' || !billed.has(call.order)) return forward()
        await forward({ body: { ...call.json, status: 'completed' } })
        return accepted(call)
      }
    },
  },
  {
    name: 'keeps the reward of a voided order',
    fails: ['void_reward'],
    fault: swallows((call) => call.status === 'voided' && call.reward !== undefined),
  },
  {
    name: 'lets the points of a refunded order stay',
    fails: ['refund_plain'],
    fault: swallows((call) => call.status === 'refunded' && !call.reward),
  },
  {
    name: 'keeps the reward of a refunded order',
    fails: ['refund_reward'],
    fault: swallows((call) => call.status === 'refunded' && call.reward !== undefined),
  },
  {
    name: 'answers a repeat in other bytes',
    fails: ['repeat_same_answer'],
    fault: () => {
      const seen = new Set<string>()
      return async (call, forward) => {
        const reply = await forward()
        const again = call.status !== undefined && seen.has(call.body)
        seen.add(call.body)
        return again ? { ...reply, text: reply.text.replace('{"transaction"', '{ "transaction"') } : reply
      }
    },
  },
  {
    name: 'earns again with every repeat',
    fails: ['repeat_no_effect'],
    fault: () => {
      const seen = new Set<string>()
      return async (call, forward) => {
        const reply = await forward()
        if (call.status === 'completed' && seen.has(call.body)) {
          const basket = { ...Object(call.json.basket), uuid: `${call.order}-${seen.size}` }
          await forward({ body: { ...call.json, id: `${call.order}-again-${seen.size}`, basket } })
        }
        seen.add(call.body)
        return reply
      }
    },
  },
  { name: 'bills a voided order', fails: ['late_refused'], fault: accepts('billed', ['order_voided']) },
  { name: 'places a voided order', fails: ['late_refused'], fault: accepts('placed', ['order_voided']) },
  { name: 'voids a completed order', fails: ['backward_refused'], fault: accepts('voided', ['order_state_forbids']) },
  {
    name: 'quotes a billed order',
    fails: ['backward_refused'],
    fault: () => async (call, forward) => {
      const reply = await forward()
      return call.status === 'checkout' && reply.status === 409 ? accepted(call) : reply
    },
  },
  {
    name: 'bills a known order with another cart',
    fails: ['other_content_refused'],
    fault: accepts('billed', ['same_key_other_content', 'order_state_forbids', 'superseded']),
  },
]
