import { moneyNumber } from '@regulars/contract'
import { explain, idKey, type Order, type Program, receiptKey, storyOf, uuidKey } from '@regulars/engine'
import type { Queryable } from '../platform/index.ts'
import type { ProgramShelf } from '../programs/index.ts'
import { findNamedOrders, listOrderMovements, type NamedOrder, type OrderMovement } from './store.ts'
import { type ExplanationView, viewExplanation } from './view-explanation.ts'

/** Everything that can be said of one order. Money is decimal; instants are epoch milliseconds. */
export interface OrderExplained {
  readonly account: string
  readonly member: string
  readonly order?: string
  readonly basket_uuid?: string
  readonly state: Order['state']
  readonly store: string
  readonly zone: string
  readonly currency: string
  readonly digits: number
  /** What the account earns: `points`, `visits` or `stamps`. */
  readonly units: string
  readonly at: number
  readonly program_version: number
  readonly reward?: { readonly label: string; readonly discount: number; readonly took: string }
  readonly earned?: number
  /** Absent for an order that was voided before it was ever seen. */
  readonly explanation?: ExplanationView
  readonly movements: readonly OrderMovement[]
}

/** Explains the orders that a name means (the partner's order id, its basket's uuid or a guest's receipt code); more than one only across accounts. */
export async function explainOrder(
  db: Queryable,
  { name, accountId, shelf }: { name: string; accountId?: string; shelf: ProgramShelf },
): Promise<OrderExplained[]> {
  const found = await findNamedOrders(db, { accountId, keys: [idKey(name), uuidKey(name), receiptKey(name.toUpperCase())] })
  const explained: OrderExplained[] = []
  for (const named of found) {
    const program = await shelf.get(db, named.accountId, named.order.programVersion)
    const owner = { accountId: named.accountId, memberId: named.memberId, orderUid: named.order.orderUid }
    explained.push(tell(named, program, await listOrderMovements(db, owner)))
  }
  return explained
}

function tell({ accountId, memberId, order }: NamedOrder, program: Program, movements: OrderMovement[]): OrderExplained {
  const story = storyOf(order)
  const { redemption } = 'sale' in order ? order.sale : { redemption: null }
  return {
    account: accountId,
    member: memberId < 0 ? 'guest' : String(memberId),
    order: order.orderId,
    basket_uuid: order.basketUuid,
    state: order.state,
    store: order.storeCode,
    zone: program.stores.get(order.storeCode)?.timezone ?? program.timezone,
    currency: program.currency,
    digits: program.digits,
    units: program.units,
    at: order.at,
    program_version: order.programVersion,
    ...(redemption && {
      reward: {
        label: program.rewards.get(redemption.rewardKey)?.label ?? 'Shop with points',
        discount: moneyNumber(redemption.discount, program.digits),
        took: redemption.asset === program.units ? `${redemption.quantity} ${program.units}` : 'one that was issued',
      },
    }),
    ...('earned' in order && order.earned && { earned: order.earned.quantity }),
    ...(story && { explanation: viewExplanation(explain(program, story), program.digits) }),
    movements,
  }
}
