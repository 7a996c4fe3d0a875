import type { Exchange } from './partner.ts'

/** What certification reads of an answer. Everything may be missing: the server is what is looked at. */

export interface RewardEntry {
  readonly id: string
  readonly offer: string
  readonly label: string
  readonly value: number
  readonly quantity: number
}

export interface Transaction {
  readonly id?: string
  readonly discount?: number
  readonly status?: string
  readonly message?: string
}

export function jsonOf({ answer }: Exchange): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(answer)) as Record<string, unknown>
  } catch {
    return {}
  }
}

export const codeOf = (exchange: Exchange): unknown => jsonOf(exchange).code

export function transactionOf(exchange: Exchange): Transaction {
  const { id, discount, status, message } = Object(jsonOf(exchange).transaction) as Record<string, unknown>
  return {
    ...(id !== undefined && id !== null && { id: String(id) }),
    ...(typeof discount === 'number' && { discount }),
    ...(typeof status === 'string' && { status }),
    ...(typeof message === 'string' && { message }),
  }
}

export function rewardsOf(exchange: Exchange): RewardEntry[] {
  const { rewards } = jsonOf(exchange)
  return (Array.isArray(rewards) ? rewards : []).map((entry) => {
    const { id, offer, label, value, quantity } = Object(entry) as Record<string, unknown>
    return {
      id: String(id ?? ''),
      offer: String(offer ?? '').toLowerCase(),
      label: String(label ?? ''),
      value: Number(value),
      quantity: Number(quantity),
    }
  })
}

/** What is wrong with the shape of a reward in the list; undefined when nothing is. */
export function misshapenReward(entry: unknown): string | undefined {
  const { id, currency, offer, label, value, quantity } = Object(entry) as Record<string, unknown>
  if (typeof id !== 'string') return 'a reward without an id as text'
  if (typeof currency !== 'string') return `reward ${id} without a currency`
  if (!['rebate', 'discount', 'gift'].includes(String(offer))) return `reward ${id} with the offer ${JSON.stringify(offer)}`
  if (typeof label !== 'string') return `reward ${id} without a label`
  if (typeof value !== 'number') return `reward ${id} without a value as number`
  if (typeof quantity !== 'number') return `reward ${id} without a quantity as number`
  return undefined
}

/** What is wrong with the shape of a balance; undefined when nothing is. */
export function misshapenBalance(json: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof json.quantity !== 'number') return `the quantity ${JSON.stringify(json.quantity)}`
  if (!['points', 'visits', 'stamps'].includes(String(json.units))) return `the units ${JSON.stringify(json.units)}`
  if (!Array.isArray(json.rewards)) return 'no list of rewards'
  for (const entry of json.rewards) {
    const { offer, label, value, quantity, currency } = Object(entry) as Record<string, unknown>
    if (!['Rebate', 'Discount', 'Gift'].includes(String(offer)))
      return `a reward with the offer ${JSON.stringify(offer)} (Rebate, Discount or Gift here)`
    if (typeof label !== 'string' || typeof currency !== 'string') return 'a reward without label or currency'
    if (typeof value !== 'number' || typeof quantity !== 'number') return `reward ${label} without value or quantity as number`
  }
  return undefined
}
