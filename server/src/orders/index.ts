export { explainOrder, type OrderExplained } from './explain-order.ts'
export { createOrderDesk, type OrderDesk } from './order-desk.ts'
export type { OrderOutcome } from './outcome.ts'
export { decideWhatIf, readSnapshot, type WhatIfView } from './what-if.ts'
