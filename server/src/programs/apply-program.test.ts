import { readFile } from 'node:fs/promises'
import type { ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { type ApplyPlan, applyProgram, findProgramVersion, formatChanges, programHistory, readProgramFile } from './index.ts'

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

  it('shows what changes, part by part, as a person reads it', async () => {
    const before: ProgramDocument = {
      account: { ...demo.account, name: 'Old Name' },
      stores: [{ code: '1', name: 'One' }],
      program: { type: 'points_banking', earn: { points: 1, per: '1.00', exclude: { categories: ['Gift cards'] } } },
      rewards: { five: { label: '$5 Off', amount: '5.00', points: 100 }, gone: { label: 'Gone', free: 1 } },
    }
    const after: ProgramDocument = {
      account: { ...demo.account, name: 'New Name' },
      stores: [
        { code: '1', name: 'One' },
        { code: '2', name: 'Two' },
      ],
      program: { type: 'points_banking', earn: { points: 2, per: '1.00', exclude: { categories: ['Gift cards', 'Wine'] } } },
      rewards: { five: { label: '$5 Off', amount: '5.00', points: 80, when: { days: ['tue'] } } },
      campaigns: { welcome: { trigger: 'registration', do: [{ grant: 'five' }] } },
      settings: { hold: '2 hours' },
    }
    await apply(before)
    let shown = ''
    await apply(after, ({ changes }) => {
      shown = formatChanges(changes)
      return false
    })
    expect(shown).toBe(`account
  ~ name: Old Name → New Name
stores[2] (new)
  + code: 2
  + name: Two
program
  ~ earn.points: 1 → 2
  ~ earn.exclude.categories: [Gift cards] → [Gift cards, Wine]
rewards.five
  ~ points: 100 → 80
  + when.days: [tue]
campaigns.welcome (new)
  + trigger: registration
  + do: [{ grant: five }]
settings
  + hold: 2 hours
rewards.gone (removed)
  - label: Gone
  - free: 1`)
    expect(await apply(before)).toMatchObject({ kind: 'unchanged', version: 1 })
  })

  it('keeps every version, and an old one can be applied again as a new one', async () => {
    await apply(demo)
    await apply(renamed(demo, 'New Name'))
    const old = await findProgramVersion(database.db, demo.account.id, 1)
    if (!old) throw new Error('version 1 is kept')
    expect(await applyProgram(database.db, { ...old, now: NOON, agree: () => true })).toMatchObject({
      kind: 'applied',
      version: 3,
    })
    expect(await programHistory(database.db, demo.account.id)).toEqual([
      { version: 3, appliedAt: NOON, inForce: true, changes: 1 },
      { version: 2, appliedAt: NOON, inForce: false, changes: 1 },
      { version: 1, appliedAt: NOON, inForce: false, changes: expect.any(Number) },
    ])
    expect(await findProgramVersion(database.db, demo.account.id, 3)).toMatchObject({
      document: demo,
      source: JSON.stringify(demo),
    })
  })

  it('takes balances over into another type of the same unit only when that is said', async () => {
    await apply(demo)
    await database.db.query(
      '',
      `insert into balances (account_id, member_id, asset, available, held, owed) values ($1, 1, 'points', 10, 0, 0)`,
      [demo.account.id],
    )
    const banking: ProgramDocument = { ...demo, program: { type: 'points_banking', units: 'points' }, rewards: {}, campaigns: {} }
    const convertTo = (convert?: string) =>
      applyProgram(database.db, { document: banking, source: '', now: NOON, convert, agree: () => true })
    expect(await convertTo()).toMatchObject({ kind: 'refused', message: expect.stringContaining('--convert points=1:1') })
    expect(await convertTo('points=2:1')).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('the unit stays points'),
    })
    expect(await convertTo('points=1:1')).toMatchObject({ kind: 'applied', version: 2 })
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
