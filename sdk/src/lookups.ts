import type { CallOptions } from './call.ts'
import { UsageError } from './errors.ts'
import type { Balance, Customer, Reward } from './shapes.ts'
import type { Transport } from './transport.ts'
import type { MemberReply } from './wire.ts'

/** A member, or the promise of one: who has to confirm an email address first has no id yet. */
export type MemberFound =
  | { readonly kind: 'member'; readonly id: string; readonly created: boolean }
  | { readonly kind: 'waiting_email_verification' }

export class MemberCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /**
   * The member with this phone (or, without one, this email), made if there is none. A known profile is only filled in, never overwritten.
   * Safe to repeat, also at the same instant on two tills.
   * @example
   * const member = await client.members.createOrRetrieve({ phone: '(415) 555-0123', name: { first: 'Ada' } })
   * if (member.kind === 'member') console.log(member.id, member.created)
   */
  async createOrRetrieve(customer: Customer, options?: CallOptions): Promise<MemberFound> {
    if (typeof customer !== 'object' || customer === null)
      wrong('createOrRetrieve takes the fields of a person: { phone } or { email }, and what else is known.')
    const call = { method: 'POST', path: '/loyalty/accounts', body: { customer }, repeatable: true, answers: 'status' } as const
    const { status, body } = await this.#transport.send(call, options)
    const { id } = body as Partial<MemberReply>
    if (id === undefined) return { kind: 'waiting_email_verification' }
    return { kind: 'member', id: String(id), created: status === 201 }
  }
}

export class RewardCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /**
   * The rewards that a member can use at a store at this moment; none is an empty list. `value` is a projection: checkout has the last word.
   * @example
   * const rewards = await client.rewards.list(memberId, { store: '999999' })
   * for (const { id, label, quantity } of rewards) console.log(id, label, quantity)
   */
  async list(memberId: string, { store, ...options }: { readonly store: string } & CallOptions): Promise<readonly Reward[]> {
    if (typeof store !== 'string' || store === '')
      wrong("rewards.list needs the store's code: rewards.list(memberId, { store: '999999' }).")
    const path = `${memberPath(memberId)}/rewards?store=${encode(store)}`
    const { body } = await this.#transport.send({ method: 'GET', path, repeatable: true, answers: 'rewards' }, options)
    return body.rewards as readonly Reward[]
  }
}

export class BalanceCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /**
   * What a member has: points, visits or stamps, and rewards.
   * @example
   * const { quantity, units } = await client.balance.retrieve(memberId)
   * console.log(quantity, units)
   */
  async retrieve(memberId: string, options?: CallOptions): Promise<Balance> {
    const path = `${memberPath(memberId)}/balance`
    const { body } = await this.#transport.send({ method: 'GET', path, repeatable: true, answers: 'quantity' }, options)
    return body as unknown as Balance
  }
}

/** The path of a member, or of a guest. */
export function memberPath(member: string): string {
  // A dot or two would be taken by `fetch` for a step in the path, and another target be sent than was signed.
  if (typeof member !== 'string' || /^\.{0,2}$/.test(member))
    wrong("The member's id is missing. Take it from members.createOrRetrieve, or say 'guest' in an order.")
  return `/loyalty/accounts/${encode(member)}`
}

/** Every byte that a proxy or a runtime could want to escape anew is escaped already, so that what is signed is what is sent. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

function wrong(message: string): never {
  throw new UsageError(message, { reason: 'argument' })
}
