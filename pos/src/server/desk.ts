import type { Regulars } from '@regulars/sdk'
import type { MemberView, Menu, OrderView } from '../api.ts'
import type { Book } from './book.ts'
import type { Customer } from './customers.ts'
import type { Devices } from './device.ts'
import type { Loyalty } from './loyalty.ts'
import type { OrderRecord } from './order-record.ts'
import type { Pricer } from './pricing.ts'
import type { Reach } from './reach.ts'
import type { Tills } from './tills.ts'
import type { WireCart } from './wire-cart.ts'

/** Everything that a use case of this server works with. */
export interface Desk {
  readonly client: Regulars
  readonly loyalty: Loyalty
  readonly reach: Reach
  readonly menu: Menu
  readonly pricer: Pricer
  readonly wire: WireCart
  readonly tills: Tills
  readonly devices: Devices
  readonly orders: Book<OrderRecord>
  readonly customers: Book<Customer>
  /** Carts that nobody has paid yet. */
  readonly open: Map<string, OrderRecord>
  /** Payments that run, by order: who asks again waits for the same end. */
  readonly paying: Map<string, Promise<unknown>>
  /** Calls the listener after each change of an order, until it is given back. */
  onOrder(listener: () => void): () => void
  now(): number
  log(text: string): void
}

/** A member as an order and a receipt name it. */
export const brief = ({ id, name, phone }: MemberView): NonNullable<OrderView['member']> => ({ id, name, phone })
