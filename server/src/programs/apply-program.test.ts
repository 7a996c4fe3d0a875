import { readFile } from 'node:fs/promises'
import type { ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { type ApplyPlan, applyProgram, formatDifference, readProgramFile } from './index.ts'

const NOON = Date.UTC(2026, 2, 1, 12)
let database: TestDatabase
let demo: ProgramDocument
let accounts = 70_000

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  const read = readProgramFile(await readFile(new URL('../../../examples/points.yaml', import.meta.url), 'utf8'), 'points.yaml')
  if (!read.ok) throw new Error('the example is a good file')
  demo = { ...read.document, account: { ...read.document.account, id: String(accounts++) } }
})

const apply = (document: ProgramDocument, agree: (plan: ApplyPlan) => boolean | Promise<boolean> = () => true) =>
  applyProgram(database.db, { document, source: JSON.stringify(document), now: NOON, agree })

const renamed = (document: ProgramDocument, name: string): ProgramDocument => ({
  ...document,
  account: { ...document.account, name },
})

describe('applying a program', () => {
  it('makes version 1 of a new account, sees that a repeat changes nothing, and counts on with every change', async () => {
    expect(await apply(demo)).toMatchObject({ kind: 'applied', version: 1 })
    expect(await apply(demo)).toMatchObject({ kind: 'unchanged', version: 1 })
    expect(await apply(renamed(demo, 'New Name'))).toMatchObject({ kind: 'applied', version: 2 })
  })

  it('shows what changes, path by path, as a person reads it', async () => {
    await apply(demo)
    let shown: string[] = []
    const changed = { ...renamed(demo, 'New Name'), settings: { hold: '2 hours' } }
    await apply(changed, ({ changes }) => {
      shown = changes.map(formatDifference)
      return false
    })
    expect(shown).toContain(`~ account.name: ${JSON.stringify(demo.account.name)} → "New Name"`)
    expect(shown).toContain('+ settings.hold: "2 hours"')
    expect(await apply(demo)).toMatchObject({ kind: 'unchanged', version: 1 })
  })

  it('refuses what was agreed to before somebody else applied, and changes nothing', async () => {
    await apply(demo)
    const late = await apply(renamed(demo, 'Late'), async () => {
      await apply(renamed(demo, 'Early'))
      return true
    })
    expect(late).toMatchObject({ kind: 'refused', message: expect.stringContaining('version 2 was put in force meanwhile') })
    expect(await apply(renamed(demo, 'Early'))).toMatchObject({ kind: 'unchanged', version: 2 })
  })

  it('lets one of two make a new account', async () => {
    const kinds = (await Promise.all([apply(demo), apply(demo)])).map(({ kind }) => kind)
    expect(kinds).toContain('applied')
    expect(await apply(demo)).toMatchObject({ kind: 'unchanged', version: 1 })
  })

  it("keeps a reward's number on the wire for as long as its key lives", async () => {
    const idsOf = async (version: number) => {
      const [row] = await database.db.query<{ reward_ids: string }>(
        '',
        'select reward_ids from program_versions where account_id = $1 and version = $2',
        [demo.account.id, version],
      )
      return JSON.parse(row?.reward_ids ?? '{}') as Record<string, number>
    }
    await apply(demo)
    const [key = ''] = Object.keys(demo.rewards ?? {})
    await apply({ ...demo, rewards: { extra: { label: 'Extra', amount: '1.00' }, ...demo.rewards } })
    expect((await idsOf(2))[key]).toBe((await idsOf(1))[key])
    expect(new Set(Object.values(await idsOf(2))).size).toBe(Object.keys(await idsOf(2)).length)
  })

  it('does not turn points that members have into something else', async () => {
    await apply(demo)
    await database.db.query(
      '',
      `insert into balances (account_id, member_id, asset, available, held, owed) values ($1, 1, 'points', 10, 0, 0)`,
      [demo.account.id],
    )
    const banking: ProgramDocument = {
      ...demo,
      program: { type: 'visits', units: 'visits', threshold: 10, reward: demo.program.reward },
    }
    expect(await apply(banking)).toMatchObject({ kind: 'refused', message: expect.stringContaining('while members have points') })
    expect(await apply({ ...demo, account: { ...demo.account, currency: 'EUR' } })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('account.currency'),
    })
  })
})
