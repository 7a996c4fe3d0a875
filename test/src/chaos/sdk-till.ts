import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AuthenticationError,
  ConnectionError,
  OfflineRedemptionError,
  PaymentFailedError,
  PaymentKeptError,
  RateLimitError,
  Regulars,
  ServerError,
  SignatureError,
  TimeoutError,
  UnexpectedAnswerError,
} from '@regulars/sdk'
import { fileJournal } from '@regulars/sdk/node'
import { createRandom } from './random.ts'
import { CHARGES, type Charged, REFUNDS, readLines, type SdkTill } from './sdk-till-books.ts'

/*
 * A till as a partner writes one on the SDK, in a process of its own that is killed now and then: at every start, and between two orders, it settles what the
 * journal says is open. What the payment provider took stands in a file of its own. It sells until its standard input ends, then settles everything, and ends with 0.
 */

const STORE = '999999'
const PATIENCE_MS = 90_000

/** What an outage, a payment or an old secret may do to an order; anything else is a fault, and ends the till. */
const EXPECTED = [
  ...[ConnectionError, TimeoutError, ServerError, RateLimitError, UnexpectedAnswerError],
  ...[AuthenticationError, SignatureError, PaymentFailedError, PaymentKeptError, OfflineRedemptionError],
]
const isExpected = (error: unknown) => EXPECTED.some((kind) => error instanceof kind)
const unlessExpected = (error: unknown): undefined => {
  if (!isExpected(error)) throw error
}

await run(JSON.parse(process.argv[2] ?? '') as SdkTill)

async function run({ folder, credentialFile, accountId, ports, members, seed }: SdkTill): Promise<void> {
  const random = createRandom(seed)
  const charges = join(folder, CHARGES)
  const refunds = join(folder, REFUNDS)
  const refunded = new Set<string>()
  let isClosing = false
  process.stdin.on('end', () => {
    isClosing = true
  })
  process.stdin.resume()

  while (!isClosing) {
    const client = makeClient()
    await settle(client).catch(unlessExpected)
    await sell(client).catch(unlessExpected)
    await sleep(random.between(0, 150))
  }
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(500)) {
    if (await settle(makeClient()).catch(unlessExpected)) break
    if (Date.now() > until) throw new Error(`something stays open in ${folder}`)
  }
  process.exit(0)

  /** A new one for each order: the secret may have been changed, and each attempt takes either server. */
  function makeClient(): Regulars {
    const { apiKey, secret } = JSON.parse(readFileSync(credentialFile, 'utf8')) as { apiKey: string; secret: string }
    return new Regulars({
      ...{ apiKey, secret, accountId, baseUrl: `http://127.0.0.1:${ports[0]}`, timeoutMs: 3_000 },
      // Without retries everything that is lost is left to the journal.
      retries: random.pick([0, 2]),
      journal: fileJournal(join(folder, 'journal')),
      fetch: (url, init) => fetch(String(url).replace(/:\d+\//, `:${random.pick(ports)}/`), init),
    })
  }

  async function sell(client: Regulars): Promise<void> {
    const member = random.pick(members)
    const order = client.orders.start({ member, store: STORE, source: 'web' })
    const amount = random.between(10, 60)
    const posItem = { label: 'Hamburger', product: '101', cost: amount, categories: ['American'] }
    const cart = { posEntries: [{ quantity: 1, posItem }] }
    const listed = random.chance(0.6) ? await client.rewards.list(member, { store: STORE }).catch(unlessExpected) : undefined
    const reward = listed?.find(({ label }) => label.startsWith('$5 Off'))
    const quote = await order.checkout(cart, reward?.id).catch(unlessExpected)
    // A reward that could not be quoted is not promised to anybody.
    if (!quote && reward) await order.checkout(cart).catch(unlessExpected)
    const isDeclined = random.chance(0.1)
    await order.pay(
      async (due, { orderId }) => {
        if (isDeclined) return { declined: 'No.' }
        const charged: Charged = { orderId, member, due, reward: due < amount }
        appendFileSync(charges, `${JSON.stringify(charged)}\n`)
        await sleep(random.between(0, 40))
        return { payments: [{ tender: 'credit', amount: due }] }
      },
      { offline: true, tender: 'credit' },
    )
    if (order.state !== 'completed' || !random.chance(0.15)) return
    appendFileSync(refunds, `${JSON.stringify(order.id)}\n`)
    await order.refund({ refundId: `${order.id}-r` })
  }

  /** Whether nothing is left open. */
  async function settle(client: Regulars): Promise<boolean> {
    for (const id of await client.orders.unfinished()) await client.orders.resume(id, { findPayment })
    await client.outbox.drain()
    const aside = await client.outbox.setAside()
    if (aside.length > 0) throw new Error(`set aside for good: ${JSON.stringify(aside)}`)
    for (const id of readLines<string>(refunds).filter((one) => !refunded.has(one))) {
      const order = await client.orders.resume(id)
      if (order.state !== 'refunded') await order.refund({ refundId: `${id}-r` })
      refunded.add(id)
    }
    return (await client.outbox.size()) === 0 && (await client.orders.unfinished()).length === 0
  }

  async function findPayment({ orderId }: { orderId: string }) {
    const charged = readLines<Charged>(charges).find((one) => one.orderId === orderId)
    return charged && [{ tender: 'credit' as const, amount: charged.due }]
  }
}
