import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Database, openDatabase } from './database.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { migrate } from './migrate.ts'

/** For tests: a database of their own on a real PostgreSQL, migrated for `test`. */
export interface TestDatabase {
  readonly url: string
  readonly db: Database
  stop(): Promise<void>
}

let cluster: Promise<{ url: string; embedded?: EmbeddedPostgres; folder?: string }> | undefined
let open = 0
let template: Promise<string> | undefined

/** Made by copying a migrated template, so that the second one of a process takes a few milliseconds. */
export async function createTestDatabase(): Promise<TestDatabase> {
  cluster ??= startCluster()
  open += 1
  const { url: adminUrl } = await cluster
  template ??= makeTemplate(adminUrl)
  const name = await createDatabase(adminUrl, await template)
  const url = withDatabase(adminUrl, name)
  const db = openDatabase({ url, environment: 'test' })
  return {
    url,
    db,
    async stop() {
      await db.close()
      open -= 1
      if (open === 0) await stopCluster()
    },
  }
}

/** REGULARS_TEST_DATABASE_URL names a PostgreSQL to use, for instance an older one; otherwise one is started. */
async function startCluster(): Promise<{ url: string; embedded?: EmbeddedPostgres; folder?: string }> {
  const url = process.env.REGULARS_TEST_DATABASE_URL
  if (url) return { url }
  const folder = await mkdtemp(join(tmpdir(), 'regulars-test-'))
  const embedded = await startEmbeddedPostgres({ dataDir: folder })
  return { url: embedded.socketUrl, embedded, folder }
}

async function stopCluster(): Promise<void> {
  const running = await cluster
  cluster = undefined
  template = undefined
  await running?.embedded?.stop()
  if (running?.folder) await rm(running.folder, { recursive: true, force: true })
}

async function makeTemplate(adminUrl: string): Promise<string> {
  const name = await createDatabase(adminUrl)
  await migrate(withDatabase(adminUrl, name), 'test')
  return name
}

async function createDatabase(adminUrl: string, from = 'template1'): Promise<string> {
  const name = `regulars_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(`create database ${name} template ${from}`)
  } finally {
    await client.end()
  }
  return name
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
