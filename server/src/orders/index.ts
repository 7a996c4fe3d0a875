export { createOrderDesk, type OrderDesk, type OrderOutcome } from './order-desk.ts'
