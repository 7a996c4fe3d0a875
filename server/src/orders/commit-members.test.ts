import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Commit, commitMembers, GENESIS, ledgerRows, StaleWallet, verifyLedger } from '../ledger/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'

/** What `commit_members` promises: each is judged by itself, whoever else is in the batch. */
const NOW = Date.UTC(2026, 2, 1)
const ACCOUNT = '33559'
let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(async () => {
  expect(await verifyLedger(test.db)).toMatchObject({ ok: true })
  await test.stop()
})

const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

/** A grant of ten points, and an empty wallet's first version unless another is said. */
function grant(memberId: number, { version = 0, key, loaded = emptyWallet() }: GrantOptions = {}): Commit {
  const lotId = uuid(memberId * 10 + version)
  const lot = {
    lotId,
    asset: 'points',
    available: 10,
    held: 0,
    expired: 0,
    issuedAt: NOW,
    expiresAt: null,
    orderUid: null,
    origin: null,
  }
  const rows = ledgerRows(
    loaded,
    {
      movements: [
        {
          cause: 'grant',
          orderUid: null,
          note: null,
          at: NOW,
          entries: [
            { asset: 'points', account: 'issued', lotId: null, quantity: -10, expiresAt: null },
            { asset: 'points', account: 'available', lotId, quantity: 10, expiresAt: null },
          ],
        },
      ],
      lotsMade: [lot],
      lotsChanged: [],
      balances: [{ asset: 'points', available: 10 * (version + 1), held: 0, owed: 0 }],
      holds: [],
      holdsDropped: [],
      tallies: {},
    } as unknown as Parameters<typeof ledgerRows>[1],
    NOW,
  )
  return { accountId: ACCOUNT, memberId, version, rows: { ...rows, ...(key && { new_keys: [key] }) } }
}

interface GrantOptions {
  readonly version?: number
  readonly key?: { key: string; order_uid: string }
  readonly loaded?: Parameters<typeof ledgerRows>[0]
}

function emptyWallet(): Parameters<typeof ledgerRows>[0] {
  const wallet = { version: 0, seq: 0, lots: [], holds: [], owed: {}, tallies: {}, activeAt: null }
  return { wallet, digest: GENESIS, budgets: {} }
}

async function walletOf(memberId: number) {
  const [row] = await test.db.query<{ version: string; seq: string; digest: string }>(
    '',
    'select version, seq, digest from wallets where account_id = $1 and member_id = $2',
    [ACCOUNT, memberId],
  )
  return row
}

async function movementsOf(memberId: number): Promise<number> {
  const rows = await test.db.query('', 'select from movements where account_id = $1 and member_id = $2', [ACCOUNT, memberId])
  return rows.length
}

it('writes new members and known ones in one call, and leaves alone whoever has moved on', async () => {
  expect(
    await commitMembers(
      test.db,
      [1, 2, 3].map((member) => grant(member)),
    ),
  ).toEqual([1, 2, 3].map(() => ({ status: 'fulfilled', value: undefined })))
  const known = await walletOf(1)
  const loaded = { ...emptyWallet(), digest: known?.digest ?? '', wallet: { ...emptyWallet().wallet, version: 1, seq: 1 } }
  // Nothing but its version is wrong with the second one.
  const results = await commitMembers(test.db, [grant(4), grant(2, { version: 7, loaded }), grant(1, { version: 1, loaded })])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(results[1]).toMatchObject({ reason: expect.any(StaleWallet) })
  expect([await movementsOf(1), await movementsOf(2), await movementsOf(4)]).toEqual([2, 1, 1])
  expect(await walletOf(2)).toMatchObject({ version: '1', seq: '1' })
})

it('a wallet that another server has made meanwhile is stale, and only that one', async () => {
  const results = await commitMembers(test.db, [grant(5), grant(1), grant(6)])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(results[1]).toMatchObject({ reason: expect.any(StaleWallet) })
  expect([await movementsOf(5), await movementsOf(6)]).toEqual([1, 1])
})

it('a fault stays with the one it belongs to', async () => {
  const broken = grant(7)
  const balances = [{ asset: 'points', available: -1, held: 0, owed: 0 }]
  const results = await commitMembers(test.db, [grant(8), { ...broken, rows: { ...broken.rows, balances } }, grant(9)])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(results[1]).toMatchObject({ reason: expect.objectContaining({ code: '23514' }) })
  expect([await movementsOf(7), await movementsOf(8), await movementsOf(9)]).toEqual([0, 1, 1])
})

it('batches that cross each other, again and again, lose nothing and wait for nobody in a circle', async () => {
  const members = Array.from({ length: 20 }, (_, index) => 100 + index)
  const rounds = Array.from({ length: 4 }, (_, round) => (round % 2 === 0 ? members : members.toReversed()))
  const results = await Promise.all(
    rounds.map((round) =>
      commitMembers(
        test.db,
        round.map((member) => grant(member)),
      ),
    ),
  )
  expect(results.flat().filter(({ status }) => status === 'fulfilled')).toHaveLength(members.length)
  for (const member of members) expect(await movementsOf(member)).toBe(1)
})

it('what rests on something that has changed is not written, alone or among others', async () => {
  const credential = uuid(999_999)
  await test.db.query('', `insert into accounts (account_id, name, program_version) values ($1, 'Brand', 3)`, [ACCOUNT])
  await test.db.query(
    '',
    `insert into credentials (account_id, credential_id, api_key, name, sealed_secret) values ($1, $2, 'key', 'till', '')`,
    [ACCOUNT, credential],
  )
  await commitMembers(test.db, [grant(300), grant(301)])
  const right = { clock_at: null, program_version: 3, membership_row: null, credential_id: credential, credential_version: 1 }
  const wrong = [
    { mark: uuid(7) },
    { clock_at: NOW },
    { program_version: 2 },
    { membership_row: '1' },
    { credential_version: 2 },
    { credential_id: uuid(1) },
  ].map((field) => ({ ...right, ...field }))
  const known = async (member: number, restsOn: readonly object[]): Promise<Commit> => {
    const wallet = await walletOf(member)
    const version = Number(wallet?.version)
    const loaded = { ...emptyWallet(), digest: wallet?.digest ?? '', wallet: { ...emptyWallet().wallet, version, seq: version } }
    const commit = grant(member, { version, loaded })
    return { ...commit, rows: { ...commit.rows, rests_on: restsOn } }
  }
  for (const field of wrong) {
    const [alone] = await commitMembers(test.db, [await known(300, [field])])
    expect(alone, JSON.stringify(field)).toMatchObject({ reason: expect.any(StaleWallet) })
    // One wrong credential among those of several calls is enough.
    const among = await commitMembers(test.db, [await known(300, [right, field]), await known(301, [right])])
    expect(among.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  }
  expect([await movementsOf(300), await movementsOf(301)]).toEqual([1, 1 + wrong.length])
  expect(await commitMembers(test.db, [await known(300, [right])])).toEqual([{ status: 'fulfilled', value: undefined }])
})
