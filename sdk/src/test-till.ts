import { appendFileSync } from 'node:fs'
import { type Journal, Regulars, type RegularsOptions } from './index.ts'
import { fileJournal } from './node/index.ts'
import { BURGER, STORE } from './test-cart.ts'

/*
 * A till that dies: sells one order and kills itself, with a signal that no process can prepare for, at the step it was told; then whatever happened happened. A step is
 * anything that leaves the process: an entry of the journal, a request, a charge, each just before and just after.
 */
export interface DyingTill {
  readonly options: RegularsOptions
  readonly folder: string
  /** What the payment provider has taken: a line for each charge. */
  readonly chargesFile: string
  readonly member: string
  readonly reward: string
  readonly orderId: string
  readonly what: 'pay' | 'refund' | 'decline'
  /** The step to die at. */
  readonly dieAt: number
}

const till = JSON.parse(process.argv[2] ?? '') as DyingTill
let steps = 0

function step(): void {
  steps += 1
  if (steps === till.dieAt) process.kill(process.pid, 'SIGKILL')
}

async function around<T>(work: () => Promise<T>): Promise<T> {
  step()
  const result = await work()
  step()
  return result
}

const files = fileJournal(till.folder)
const journal: Journal = {
  ...files,
  put: (key, text) => around(() => files.put(key, text)),
  remove: (key) => around(() => files.remove(key)),
}
const client = new Regulars({ ...till.options, journal, fetch: (...args) => around(() => fetch(...args)) })
console.log('begun')
const order = client.orders.start({ id: till.orderId, member: till.member, store: STORE, source: 'instore' })
await order.checkout({ posEntries: [BURGER] }, till.reward)
const paying = order.pay((due) =>
  around(async () => {
    if (till.what === 'decline') return { declined: 'No.' }
    appendFileSync(till.chargesFile, `${order.id} ${due}\n`)
    return { payments: [{ tender: 'credit', amount: due }] }
  }),
)
await (till.what === 'decline' ? paying.catch(() => undefined) : paying)
if (till.what === 'refund') await order.refund({ lines: [{ quantity: 1, posItem: BURGER.posItem }], refundId: `${order.id}-r` })
console.log(steps)
