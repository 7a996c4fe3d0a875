import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase, openOwner } from './database.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { migrate } from './migrate.ts'

/** For tests: a database of their own on a real PostgreSQL, migrated for `test`. */
export interface TestDatabase {
  /** As its owner, who may do everything. */
  readonly url: string
  readonly db: Database
  stop(): Promise<void>
}

interface StartedCluster {
  readonly adminUrl: string
  /** The name of a migrated database that the others are copied from. */
  readonly template: string
  stop(): Promise<void>
}

interface TestCluster {
  /** How many databases are in use. */
  open: number
  readonly started: Promise<StartedCluster>
}

const clusters = new Map<number | undefined, TestCluster>()

/**
 * Made by copying a migrated template, so that the second one of a process takes a fraction of the first. `major`: of the PostgreSQL it lies in, one of
 * those that are here; any where it is not said.
 */
export async function createTestDatabase(major?: number): Promise<TestDatabase> {
  const cluster = clusters.get(major) ?? { open: 0, started: startCluster(major) }
  clusters.set(major, cluster)
  cluster.open += 1
  const { adminUrl, template, stop } = await cluster.started
  const name = await createDatabase(adminUrl, template)
  const url = withDatabase(adminUrl, name)
  const db = openDatabase({ url, environment: 'test' })
  return {
    url,
    db,
    async stop() {
      await db.close()
      await administer(adminUrl, `drop database ${name} with (force)`)
      cluster.open -= 1
      if (cluster.open > 0) return
      clusters.delete(major)
      await stop()
    },
  }
}

/** REGULARS_TEST_DATABASE_URL names a PostgreSQL to use (as a user who may create databases), for instance an older one; otherwise one is started. */
async function startCluster(major: number | undefined): Promise<StartedCluster> {
  const given = major === undefined ? process.env.REGULARS_TEST_DATABASE_URL : undefined
  const own = given ? undefined : await startOwn(major)
  const adminUrl = given ?? own?.running.socketUrl ?? ''
  const template = await createDatabase(adminUrl, 'template1')
  await migrate(withDatabase(adminUrl, template), 'test')
  return {
    adminUrl,
    template,
    async stop() {
      if (own) {
        await own.running.stop()
        await rm(own.dataDir, { recursive: true, force: true })
      } else await administer(adminUrl, `drop database ${template} with (force)`)
    },
  }
}

async function startOwn(major: number | undefined): Promise<{ dataDir: string; running: EmbeddedPostgres }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'regulars-test-'))
  return { dataDir, running: await startEmbeddedPostgres({ dataDir, major }) }
}

async function createDatabase(adminUrl: string, template: string): Promise<string> {
  const name = `regulars_${randomBytes(6).toString('hex')}`
  await administer(adminUrl, `create database ${name} template ${template}`)
  return name
}

async function administer(adminUrl: string, text: string): Promise<void> {
  const owner = openOwner(adminUrl, 'test')
  try {
    await owner.query('', text, [])
  } finally {
    await owner.close()
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
