import { randomBytes } from 'node:crypto'
import { defineConfig, Modules } from '@medusajs/framework/utils'

/*
 * Read by Medusa itself, from the folder it is started in. Sessions, events, workflows and locks are in the memory of the one process, as they are without Redis.
 */
const secret = randomBytes(24).toString('base64url')
const { DATABASE_URL, DATABASE_POOL_SIZE } = process.env

export default defineConfig({
  projectConfig: {
    databaseUrl: DATABASE_URL,
    databaseDriverOptions: { ssl: false, pool: { min: 2, max: Number(DATABASE_POOL_SIZE) } },
    // Subscribers and scheduled jobs are left to a worker that is not there.
    workerMode: 'server',
    http: { storeCors: '*', adminCors: '*', authCors: '*', jwtSecret: secret, cookieSecret: secret },
  },
  admin: { disable: true },
  featureFlags: { caching: true },
  modules: [
    // Off by itself, and on in its favour: a few hundredths of the processor time of an order, if anything (bench/findings.md).
    { resolve: '@medusajs/medusa/caching', options: { in_memory: { enable: true } } },
    // It would index products as they are made, and nobody searches.
    { key: Modules.SEARCH, disable: true },
  ],
})
