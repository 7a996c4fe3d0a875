import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bootstrap,
  CustomerService,
  DefaultLogger,
  LanguageCode,
  LogLevel,
  PaymentMethodHandler,
  ProductVariantService,
  PromotionService,
  RequestContextService,
  ShippingMethodService,
} from '@vendure/core'
import { populate } from '@vendure/core/cli/index.js'

/*
 * Vendure as bench/peers.ts runs it, in a process of its own: `vendure.js prepare` fills an empty database and ends, `vendure.js serve` serves it over
 * HTTP. It is told where its database is, and tells what came of it, over the channel to its parent. Where a setting is faster and a shop may
 * well run so, it is taken: no logging, no introspection, no stock to be counted, prices with no tax on top, sessions and cache in memory, no job
 * queue, no plugin, schema not checked at the start.
 */
const COUPON = 'TENOFF'
const PRODUCTS = 20
const CUSTOMERS = 200

const dummy = new PaymentMethodHandler({
  code: 'dummy',
  description: [{ languageCode: LanguageCode.en, value: 'Settles at once' }],
  args: {},
  createPayment: (_ctx, _order, amount) => ({ amount, state: 'Settled', transactionId: 'none' }),
  settlePayment: () => ({ success: true }),
})

const configOf = ({ database, poolSize }, synchronize) => ({
  apiOptions: { port: 0, hostname: '127.0.0.1', adminApiPath: 'admin-api', shopApiPath: 'shop-api', introspection: false },
  authOptions: {
    tokenMethod: 'bearer',
    // Nobody administers it; the default password is refused in production.
    superadminCredentials: { identifier: 'nobody', password: randomBytes(24).toString('base64url') },
  },
  dbConnectionOptions: { type: 'postgres', ...database, synchronize, logging: false, poolSize },
  paymentOptions: { paymentMethodHandlers: [dummy] },
  logger: new DefaultLogger({ level: LogLevel.Error }),
})

const INITIAL = {
  defaultLanguage: 'en',
  defaultZone: 'Home',
  countries: [{ code: 'US', name: 'United States', zone: 'Home' }],
  taxRates: [{ name: 'Standard Tax', percentage: 0 }],
  shippingMethods: [{ name: 'Standard', price: 0 }],
  paymentMethods: [{ name: 'Dummy', handler: { code: 'dummy', arguments: [] } }],
  collections: [],
}

async function prepare(asked) {
  const folder = await mkdtemp(join(tmpdir(), 'regulars-peers-'))
  try {
    const products = join(folder, 'products.csv')
    await writeFile(products, catalogue())
    const app = await populate(() => bootstrap(configOf(asked, true)), INITIAL, products)
    const ctx = await app.get(RequestContextService).create({ apiType: 'admin' })
    await app.get(PromotionService).createPromotion(ctx, {
      ...{ enabled: true, couponCode: COUPON, conditions: [] },
      actions: [{ code: 'order_percentage_discount', arguments: [{ name: 'discount', value: '10' }] }],
      translations: [{ languageCode: 'en', name: '10 % off', description: '' }],
    })
    for (let number = 1; number <= CUSTOMERS; number++) {
      await app.get(CustomerService).createOrUpdate(ctx, {
        ...{ emailAddress: `customer-${number}@example.com`, firstName: 'A', lastName: 'Customer' },
      })
    }
    await app.close()
    return {}
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function catalogue() {
  const head =
    'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets'
  const rows = Array.from({ length: PRODUCTS }, (_, index) => {
    const price = (4 + ((index * 37) % 80) / 5).toFixed(2)
    return `Dish ${index},dish-${index},,,,,,D${index},${price},standard,1000000,false,,`
  })
  return `${[head, ...rows].join('\n')}\n`
}

async function serve(asked) {
  const app = await bootstrap(configOf(asked, false))
  const ctx = await app.get(RequestContextService).create({ apiType: 'admin' })
  const { items: variants } = await app.get(ProductVariantService).findAll(ctx, { take: PRODUCTS })
  const { items: methods } = await app.get(ShippingMethodService).findAll(ctx)
  return {
    port: app.getHttpServer().address().port,
    variants: variants.map(({ id }) => String(id)),
    shippingMethod: String(methods[0].id),
    ...{ coupon: COUPON, customers: CUSTOMERS, paymentMethod: 'dummy' },
  }
}

process.once('disconnect', () => process.exit(0))
process.once('message', async (asked) => {
  const work = process.argv[2] === 'prepare' ? prepare : serve
  try {
    process.send({ done: await work(asked) })
  } catch (error) {
    process.send({ error: error.stack ?? String(error) })
  }
})
