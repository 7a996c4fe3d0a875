import type { ProgramDocument } from '@regulars/engine'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { verifyLedger } from '../ledger/index.ts'
import { createTestDesk, HOUR, type Saying, type TestDesk } from './test-desk.ts'

/*
 * What a server has just written of an order under way is what its next call is decided on (decision 52). That it decides and writes the same then stands in
 * runs.test.ts; here, that it asks once, and that it notices whatever has changed behind its back.
 */
const PROGRAM: ProgramDocument = {
  account: { id: '33559', name: 'Taste of the World', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '999999', name: 'Demo Store' }],
  program: { type: 'points', earn: { points: 1, per: '1.00' }, threshold: 100, reward: 'r5' },
  rewards: { r5: { label: '$5 Off', amount: '5.00' } },
  campaigns: { welcome: { trigger: 'birthday', window: { before: '400 days', after: '0 days' }, do: [{ points: 1_000 }] } },
}
const DOUBLE: ProgramDocument = {
  ...PROGRAM,
  program: { type: 'points', earn: { points: 2, per: '1.00' }, threshold: 100, reward: 'r5' },
}
const LOAD = 'orders-load-runs'
const COMMIT = 'ledger-commit-members'
const ALONE = 'ledger-commit-member'

let desk: TestDesk
beforeAll(async () => {
  desk = await createTestDesk()
  await desk.apply(PROGRAM)
  // Who comes first has the program read.
  await desk.say('guest', call('placed', 'first'))
})
afterAll(async () => {
  expect(await verifyLedger(desk.db)).toMatchObject({ ok: true, problems: [] })
  await desk.stop()
})

let members = 100
async function newMember(): Promise<number> {
  members += 1
  const member = members
  await desk.join('33559', member)
  return member
}

/** What the desk asked of the database while `work` was done. */
async function askedBy(work: () => Promise<unknown>): Promise<string[]> {
  desk.asked.length = 0
  await work()
  return [...desk.asked]
}

const call = (status: Saying['status'], order: string): Saying => ({ status, order, price: 2_500 })

it("asks the database once for each further step of an order, a guest's too", async () => {
  for (const whose of [await newMember(), 'guest'] as const) {
    const order = `steps ${whose}`
    expect(await askedBy(() => desk.say(whose, call('checkout', order)))).toEqual([LOAD, ALONE])
    for (const status of ['checkout', 'placed', 'billed', 'completed'] as const)
      expect(await askedBy(() => desk.say(whose, call(status, order))), status).toEqual([COMMIT])
    // What comes after the end looks back.
    expect(await askedBy(() => desk.say(whose, call('completed', order)))).toEqual([LOAD])
  }
})

it('steps of many orders at once share their one commit', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => newMember()))
  const each = (status: Saying['status']) => Promise.all(all.map((member) => desk.say(member, call(status, `shared ${member}`))))
  await each('placed')
  expect(await askedBy(() => each('billed'))).toEqual([COMMIT])
})

it('a repeat, a refusal, a void and a return are answered by what the database has', async () => {
  const member = await newMember()
  const order = 'looks back'
  await desk.say(member, call('placed', order))
  expect(await askedBy(() => desk.say(member, call('placed', order)))).toEqual([LOAD])
  await desk.say(member, call('billed', order))
  expect(await desk.post(member, { ...call('billed', order), price: 2_600 })).toMatchObject({ kind: 'refused' })
  expect(await askedBy(() => desk.say(member, call('voided', order)))).toContain(LOAD)
})

it('remembers so many members, and of the others nothing', async () => {
  const small = await createTestDesk(undefined, 1)
  try {
    await small.apply(PROGRAM)
    for (const member of [1, 2]) {
      await small.join('33559', member)
      await small.say(member, call('placed', `few ${member}`))
    }
    small.asked.length = 0
    await small.say(2, call('billed', 'few 2'))
    await small.say(1, call('billed', 'few 1'))
    expect(small.asked).toEqual([COMMIT, LOAD, ALONE])
  } finally {
    await small.stop()
  }
})

it('of orders that have ended it remembers nothing, and they take no place', async () => {
  const small = await createTestDesk(undefined, 2)
  try {
    await small.apply(PROGRAM)
    for (const member of [1, 2, 3, 4, 5]) await small.join('33559', member)
    await small.say(1, call('placed', 'waits'))
    for (const member of [2, 3, 4, 5])
      for (const status of ['placed', 'completed'] as const) await small.say(member, call(status, `goes ${member}`))
    small.asked.length = 0
    await small.say(1, call('billed', 'waits'))
    expect(small.asked).toEqual([COMMIT])
  } finally {
    await small.stop()
  }
})

describe('what has changed since is noticed, and the call is decided on what is there now', () => {
  /** What happens between two steps of an order, and what its completion must be answered for it. */
  const BETWEEN: readonly {
    readonly name: string
    happens(member: number, order: string): Promise<unknown>
    readonly earned: number
    /** Seen before anything is decided, by the version that the call was read under. */
    readonly isSeenBefore?: true
  }[] = [
    {
      name: 'another server has billed the order',
      happens: (member, order) => desk.postElsewhere(member, call('billed', order)),
      earned: 25,
    },
    {
      name: 'another server has let the member buy something else',
      happens: (member, order) => desk.postElsewhere(member, { ...call('completed', `${order}, other`), price: 9_000 }),
      earned: 25,
    },
    {
      name: 'what is known of the member has changed',
      happens: (member) =>
        desk.db.query('', `update memberships set birthday = '1990-05-05' where account_id = '33559' and member_id = $1`, [
          member,
        ]),
      earned: 25,
    },
    {
      name: 'the database goes on from an earlier state, and has come to the same version by another way',
      happens: (member) =>
        desk.db.query('', `update wallets set mark = gen_random_uuid() where account_id = '33559' and member_id = $1`, [member]),
      earned: 25,
    },
    {
      name: 'a new program is in force',
      // What was placed before stays under the program that it was placed under.
      happens: () => desk.apply(DOUBLE),
      earned: 25,
      isSeenBefore: true,
    },
    {
      name: 'the test clock was stopped',
      happens: () => desk.db.query('', 'update environment set clock_at = instant($1)', [desk.clock + HOUR]),
      earned: 25,
    },
  ]

  afterEach(async () => {
    await desk.db.query('', 'update environment set clock_at = null', [])
    await desk.apply(PROGRAM)
    // Who comes first has a program read.
    await desk.say('guest', call('placed', `first of ${members}`))
  })

  for (const { name, happens, earned, isSeenBefore } of BETWEEN) {
    it(name, async () => {
      const member = await newMember()
      const order = `between: ${name}`
      await desk.say(member, call('placed', order))
      await happens(member, order)
      const asked = await askedBy(async () => {
        const outcome = await desk.post(member, call('completed', order))
        expect(outcome).toMatchObject({ kind: 'answered', text: expect.stringContaining(`"points_earned":${earned}`) })
      })
      // In vain, then as any other call.
      expect(asked.filter((statement) => !statement.startsWith('programs-'))).toEqual([
        ...(isSeenBefore ? [] : [COMMIT]),
        LOAD,
        ALONE,
      ])
      expect(await verifyLedger(desk.db)).toMatchObject({ ok: true })
    })
  }

  it('the birthday that was told meanwhile is kept with the same call', async () => {
    const member = await newMember()
    await desk.say(member, call('placed', 'birthday'))
    await desk.db.query('', `update memberships set birthday = '1990-05-05' where account_id = '33559' and member_id = $1`, [
      member,
    ])
    await desk.say(member, call('billed', 'birthday'))
    const rows = await desk.db.query('', `select from movements where member_id = $1 and cause = 'grant'`, [member])
    expect(rows).toHaveLength(1)
  })

  it('the credential was disabled, or rotated: the caller is authenticated again', async () => {
    const member = await newMember()
    await desk.say(member, call('placed', 'credential'))
    for (const change of ['version = version + 1', 'disabled_at = now()']) {
      await desk.db.query('', `update credentials set ${change}`, [])
      expect(await desk.post(member, call('billed', 'credential')), change).toEqual({ kind: 'stale_credential' })
      await desk.db.query('', 'update credentials set version = 1, disabled_at = null', [])
    }
    const states = await desk.db.query('', `select state from orders where member_id = $1`, [member])
    expect(states).toEqual([{ state: 'placed' }])
  })
})
