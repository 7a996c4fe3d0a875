import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Regulars } from '@regulars/sdk'
import { fileJournal } from '@regulars/sdk/node'
import { createApp } from './app.ts'
import { type Book, openBook } from './book.ts'
import type { Customer } from './customers.ts'
import type { Desk } from './desk.ts'
import { type Charge, simulateDevices } from './device.ts'
import { askLoyalty } from './loyalty.ts'
import type { OrderRecord } from './order-record.ts'
import { openPairing } from './pairing.ts'
import { createPricer } from './pricing.ts'
import { watchReach } from './reach.ts'
import { drainWaiting, recover } from './recover.ts'
import { readShop } from './shop-file.ts'
import { createTills } from './tills.ts'
import { buildScreens } from './web-assets.ts'
import { wireCart } from './wire-cart.ts'

export interface PartnerOptions {
  readonly url: string
  readonly apiKey: string
  readonly secret: string
  /** The program file's, when absent. */
  readonly accountId?: string | undefined
  readonly store: string
  readonly examples: string
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly deviceTimeoutMs: number
  readonly loyaltyTimeoutMs: number
  readonly say: (text: string) => void
}

/** What waits is tried again this often, also when nothing seems wrong: the loyalty server may have refused it for a reason that is gone. */
const DRAIN_MS = 15_000

/** What somebody who started it needs to know. */
export interface Partner {
  readonly url: string
  readonly staffCode: string
  readonly kioskCode: string
  close(): Promise<void>
}

/** The partner server, with everything that an earlier run left in its data folder settled first. */
export async function startPartner(options: PartnerOptions): Promise<Partner> {
  const { dataDir, say, store } = options
  const now = () => Date.now()
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const { accountId, menu } = await readShop(options.examples, store)
  const screens = await buildScreens(dataDir, say)
  const client = new Regulars({
    apiKey: options.apiKey,
    secret: options.secret,
    accountId: options.accountId ?? accountId,
    baseUrl: options.url,
    timeoutMs: options.loyaltyTimeoutMs,
    // One more try covers a lost packet; after that the queue is better than a customer who waits.
    retries: 1,
    journal: fileJournal(join(dataDir, 'journal')),
  })
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency: menu.currency }).resolvedOptions().maximumFractionDigits ?? 2
  const pricer = createPricer(menu)
  const wire = wireCart(digits, pricer.item)
  const tills = createTills()
  const { orders, onOrder } = watched(await openBook<OrderRecord>(join(dataDir, 'orders.jsonl')))
  const charges = await openBook<Charge>(join(dataDir, 'device.jsonl'))
  const waiting = () => [...orders.all()].filter(({ state }) => state === 'queued' || state === 'settling').length
  const desk: Desk = {
    ...{ client, menu, pricer, wire, tills, orders, onOrder, now },
    log: say,
    loyalty: askLoyalty(client, { store, wire }),
    devices: simulateDevices(charges, { timeoutMs: options.deviceTimeoutMs, now, onChange: tills.publishDevice }),
    customers: await openBook<Customer>(join(dataDir, 'customers.jsonl')),
    open: new Map(),
    paying: new Map(),
    reach: watchReach({
      probe: () => client.members.createOrRetrieve({}),
      queued: async () => waiting(),
      onChange: tills.publishStatus,
      onBack: () => void drainWaiting(desk),
    }),
  }
  onOrder(() => void desk.reach.status().then(tills.publishStatus))
  const pairing = await openPairing(dataDir, now)
  await recover(desk)
  await drainWaiting(desk)
  const again = setInterval(() => desk.reach.isOnline && waiting() > 0 && void drainWaiting(desk), DRAIN_MS)
  const app = createApp(desk, pairing, screens)
  const url = await app.listen({ host: options.host, port: options.port })
  return {
    url,
    ...{ staffCode: pairing.staffCode, kioskCode: pairing.kioskCode },
    async close() {
      clearInterval(again)
      desk.reach.stop()
      // Who waits for a payment hears that it was cancelled, and the loyalty server that the order is void.
      await Promise.allSettled([...desk.paying.keys()].map((id) => desk.devices.cancel(orders.get(id)?.till ?? '')))
      await Promise.allSettled(desk.paying.values())
      await app.close()
    },
  }
}

/** The book, and whoever wants to hear of each change. */
function watched(book: Book<OrderRecord>): { orders: Book<OrderRecord>; onOrder: Desk['onOrder'] } {
  const listeners = new Set<() => void>()
  return {
    orders: {
      ...book,
      async put(order) {
        await book.put(order)
        for (const listener of listeners) listener()
      },
    },
    onOrder(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
