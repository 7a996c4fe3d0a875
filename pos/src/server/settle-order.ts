import type { Transaction } from '@regulars/sdk'
import type { BalanceView } from '../api.ts'
import type { Desk } from './desk.ts'
import { type OrderRecord, viewOrder } from './order-record.ts'

/** Notes what became of a paid order, and shows the receipt at its till. */
export async function settled(desk: Desk, order: OrderRecord, transaction: Transaction | undefined): Promise<OrderRecord> {
  const balance = order.state === 'completed' ? await balanceAfter(desk, order) : null
  const known: OrderRecord = {
    ...order,
    updatedAt: desk.now(),
    receiptCode: transaction?.receipt_code ?? order.receiptCode,
    pointsEarned: transaction?.points_earned ?? order.pointsEarned,
    balance: balance ?? order.balance,
  }
  await desk.orders.put(known)
  desk.open.delete(known.id)
  if (desk.tills.view(known.till).order === known.id) desk.tills.update(known.till, { phase: 'done', receipt: viewOrder(known) })
  return known
}

/** Nice to have on the receipt; a sale is not held up for it. */
async function balanceAfter(desk: Desk, { member }: OrderRecord): Promise<BalanceView | null> {
  if (!member) return null
  return desk.reach.ask(() => desk.loyalty.balance(member.id)).catch(() => null)
}
