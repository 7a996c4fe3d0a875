import { BalanceCalls, MemberCalls, RewardCalls } from './lookups.ts'
import { OrderCalls } from './orders.ts'
import { Outbox } from './outbox.ts'
import { type RegularsOptions, readSettings } from './settings.ts'
import { Transport } from './transport.ts'

/**
 * A partner's client of a loyalty server. Make one and keep it: it holds the signing key and the journal.
 * @example
 * import { Regulars } from '@regulars/sdk'
 * const client = new Regulars({ apiKey, secret, accountId, baseUrl })
 * const member = await client.members.createOrRetrieve({ phone: '4155550123' })
 * console.log(member.kind) // member
 */
export class Regulars {
  /** People. */
  readonly members: MemberCalls
  /** What a member can use at a store now. */
  readonly rewards: RewardCalls
  /** What a member has. */
  readonly balance: BalanceCalls
  /** Single order calls, and sessions that make them in the right order. */
  readonly orders: OrderCalls
  /** What is sold while the server is away. */
  readonly outbox: Outbox

  constructor(options: RegularsOptions) {
    const settings = readSettings(options)
    const transport = new Transport(settings)
    this.members = new MemberCalls(transport)
    this.rewards = new RewardCalls(transport)
    this.balance = new BalanceCalls(transport)
    this.orders = new OrderCalls(transport, settings, (orderId) => this.outbox.finish(orderId))
    this.outbox = new Outbox(settings, this.orders)
  }
}
