import { afterAll, beforeAll } from 'vitest'
import { createTill, type Till } from './client.ts'
import { type Started, startServe } from './command.ts'
import { type DatabaseProxy, startDatabaseProxy } from './database-proxy.ts'
import type { Product } from './product.ts'

/** A second server on a product's database, which it reaches through a line that can be cut and counted. */
export interface ServedThroughProxy {
  readonly proxy: DatabaseProxy
  readonly till: Till
}

/** One for all tests of the block this is called in. */
export function useServedThroughProxy(product: () => Product): () => ServedThroughProxy {
  let proxy: DatabaseProxy | undefined
  let server: Started | undefined
  let till: Till | undefined

  beforeAll(async () => {
    proxy = await startDatabaseProxy(product().databaseUrl)
    server = await startServe(product(), proxy.url)
    till = createTill({ ...product(), url: server.ready.url ?? '' })
  })

  afterAll(async () => {
    till?.close()
    await server?.stop()
    await proxy?.cut()
  })

  return () => {
    if (!proxy || !till) throw new Error('the server behind the proxy has not been started')
    return { proxy, till }
  }
}
