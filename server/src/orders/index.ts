export { explainOrder, type OrderExplained } from './explain-order.ts'
export { createOrderDesk, type OrderDesk, type OrderOutcome } from './order-desk.ts'
