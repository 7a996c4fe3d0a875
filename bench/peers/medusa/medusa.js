import { once } from 'node:events'
import { ContainerRegistrationKeys, Modules } from '@medusajs/framework/utils'
import {
  createApiKeysWorkflow,
  createCustomersWorkflow,
  createProductsWorkflow,
  createPromotionsWorkflow,
  createRegionsWorkflow,
  createShippingOptionsWorkflow,
  createShippingProfilesWorkflow,
  createStockLocationsWorkflow,
  linkSalesChannelsToApiKeyWorkflow,
  linkSalesChannelsToStockLocationWorkflow,
} from '@medusajs/medusa/core-flows'

/*
 * Medusa as bench/peers.ts runs it: `medusa.js migrate` makes the tables in an empty database, `medusa.js fill` makes a shop, `medusa.js serve` serves it
 * over HTTP, each in a process of its own, because what a step has loaded cannot be loaded again. It is told where its database is, and tells what came
 * of it, over the channel to its parent. Where a setting is faster and a shop may well run so, it is taken, here and in medusa-config.js: no logging, no
 * administration, no search, no worker, no stock to be counted, prices with no tax on top, and all that Redis would hold in memory.
 */
const COUPON = 'TENOFF'
const PRODUCTS = 20
const CUSTOMERS = 200
const FOLDER = import.meta.dirname

/** Medusa's own commands are CommonJS with a default export. */
const commandOf = async (name) => (await import(`@medusajs/medusa/${name}`)).default

async function migrate() {
  const { initializeContainer } = await commandOf('loaders/index')
  const { migrate } = await commandOf('commands/db/migrate')
  const container = await initializeContainer(FOLDER)
  const logger = container.resolve(ContainerRegistrationKeys.LOGGER)
  const how = { directory: FOLDER, skipScripts: true, skipSearch: true, executeAllLinks: true }
  if (!(await migrate({ ...how, container, logger }))) throw new Error('the migrations have failed')
  return {}
}

const run = async (container, workflow, input) => (await workflow(container).run({ input })).result

async function fill() {
  const { default: load } = await commandOf('loaders/index')
  const { container } = await load({ directory: FOLDER, skipLoadingEntryPoints: true })
  const link = container.resolve(ContainerRegistrationKeys.LINK)
  const [store] = await container.resolve(Modules.STORE).listStores()
  const salesChannel = store.default_sales_channel_id
  const [region] = await run(container, createRegionsWorkflow, {
    regions: [
      { name: 'Home', currency_code: 'usd', countries: ['us'], automatic_taxes: false, payment_providers: ['pp_system_default'] },
    ],
  })
  const [location] = await run(container, createStockLocationsWorkflow, { locations: [{ name: 'Kitchen' }] })
  await run(container, linkSalesChannelsToStockLocationWorkflow, { id: location.id, add: [salesChannel] })
  await link.create({
    [Modules.STOCK_LOCATION]: { stock_location_id: location.id },
    [Modules.FULFILLMENT]: { fulfillment_provider_id: 'manual_manual' },
  })
  const fulfillment = container.resolve(Modules.FULFILLMENT)
  let [profile] = await fulfillment.listShippingProfiles({ type: 'default' })
  profile ??= (await run(container, createShippingProfilesWorkflow, { data: [{ name: 'Default', type: 'default' }] }))[0]
  const set = await fulfillment.createFulfillmentSets({
    ...{ name: 'Delivery', type: 'shipping' },
    service_zones: [{ name: 'Home', geo_zones: [{ type: 'country', country_code: 'us' }] }],
  })
  await link.create({
    [Modules.STOCK_LOCATION]: { stock_location_id: location.id },
    [Modules.FULFILLMENT]: { fulfillment_set_id: set.id },
  })
  const [option] = await run(container, createShippingOptionsWorkflow, [
    {
      ...{ name: 'Standard', price_type: 'flat', provider_id: 'manual_manual' },
      ...{ service_zone_id: set.service_zones[0].id, shipping_profile_id: profile.id },
      type: { label: 'Standard', description: 'Delivered', code: 'standard' },
      prices: [{ currency_code: 'usd', amount: 0 }],
    },
  ])
  const products = await run(container, createProductsWorkflow, { products: catalogue(profile.id, salesChannel) })
  await run(container, createPromotionsWorkflow, {
    promotionsData: [
      {
        ...{ code: COUPON, type: 'standard', status: 'active' },
        application_method: { type: 'percentage', target_type: 'order', allocation: 'across', value: 10, currency_code: 'usd' },
      },
    ],
  })
  await run(container, createCustomersWorkflow, {
    customersData: Array.from({ length: CUSTOMERS }, (_, index) => ({ email: `customer-${index + 1}@example.com` })),
  })
  const [key] = await run(container, createApiKeysWorkflow, {
    api_keys: [{ title: 'Storefront', type: 'publishable', created_by: '' }],
  })
  await run(container, linkSalesChannelsToApiKeyWorkflow, { id: key.id, add: [salesChannel] })
  return {
    variants: products.flatMap(({ variants }) => variants.map(({ id }) => id)),
    region: region.id,
    shippingOption: option.id,
    apiKey: key.token,
    coupon: COUPON,
    customers: CUSTOMERS,
  }
}

function catalogue(profile, salesChannel) {
  return Array.from({ length: PRODUCTS }, (_, index) => ({
    ...{ title: `Dish ${index}`, status: 'published', shipping_profile_id: profile, sales_channels: [{ id: salesChannel }] },
    options: [{ title: 'Size', values: ['One'] }],
    variants: [
      {
        ...{ title: 'One', sku: `D${index}`, options: { Size: 'One' }, manage_inventory: false },
        prices: [{ currency_code: 'usd', amount: 4 + ((index * 37) % 80) / 5 }],
      },
    ],
  }))
}

async function serve() {
  // That sessions are in memory, which is how they are wanted here.
  console.warn = () => {}
  const { default: start } = await commandOf('commands/start')
  const { server } = await start({ port: 0, host: '127.0.0.1', directory: FOLDER })
  if (!server.listening) await once(server, 'listening')
  return { port: server.address().port }
}

const STEPS = { migrate, fill, serve }

process.once('disconnect', () => process.exit(0))
process.once('message', async ({ database: { host, port, username, password, database }, poolSize }) => {
  // Its migrations know no URL but one with the host in its place, also where that is the folder of a socket.
  const url = `postgres://${username}:${password}@${encodeURIComponent(host)}:${port}/${database}`
  Object.assign(process.env, { DATABASE_URL: url, DATABASE_POOL_SIZE: String(poolSize) })
  // It looks for its modules from here.
  process.chdir(FOLDER)
  try {
    process.send({ done: await STEPS[process.argv[2]]() })
  } catch (error) {
    process.send({ error: error.stack ?? String(error) })
  }
})
