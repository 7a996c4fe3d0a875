import { createHash, randomBytes } from 'node:crypto'
import type { MemberCall } from '@regulars/contract'
import { createVault, type Database, type Vault } from '../platform/index.ts'
import { createTestDatabase } from '../platform/test-database.ts'
import { createOrRetrieveMember, type GrantOnJoin, openVerification } from './index.ts'

/** Noon of the day that tests take place on. */
export const NOON = Date.UTC(2026, 2, 1, 12)
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** For tests: two brands on a real database, and the calls of this module with everything filled in that a test does not speak of. */
export interface TestBrand {
  readonly db: Database
  readonly vault: Vault
  /** Who joined what, as told to `grantOnJoin`. */
  readonly joined: { accountId: string; memberId: string }[]
  post(
    customer: Partial<MemberCall>,
    at?: { accountId?: string; now?: number; country?: string },
  ): ReturnType<typeof createOrRetrieveMember>
  open(link: string, now?: number): ReturnType<typeof openVerification>
  /** The mails in the outbox, oldest first, taken out. */
  takeMails(): Promise<{ to: string; subject: string; text: string; link: string }[]>
  rows<Row>(sql: string): Promise<Row[]>
  stop(): Promise<void>
}

export async function createTestBrand(): Promise<TestBrand> {
  const test = await createTestDatabase()
  const { db } = test
  const vault = createVault(randomBytes(32))
  const joined: TestBrand['joined'] = []
  const grantOnJoin: GrantOnJoin = async (tx, { accountId, memberId, now }) => {
    joined.push({ accountId, memberId })
    await tx.query(
      'test-grant',
      `insert into wallets (account_id, member_id, version, seq, digest, tallies, active_at) values ($1, $2, 1, 0, '', '{}', instant($3))`,
      [accountId, memberId, now],
    )
  }
  for (const [accountId, name] of [
    ['33559', 'Taste of the World'],
    ['44670', 'Bread & Butter'],
  ]) {
    await db.query('test-account', 'insert into accounts (account_id, name, program_version) values ($1, $2, 1)', [
      accountId,
      name,
    ])
  }

  return {
    db,
    vault,
    joined,
    post: (customer, { accountId = '33559', now = NOON, country = 'US' } = {}) =>
      createOrRetrieveMember({
        db,
        vault,
        environment: 'test',
        call: { verifyEmail: false, ...customer },
        account: { accountId, name: accountId === '33559' ? 'Taste of the World' : 'Bread & Butter', country },
        storeCodes: new Set(['999999']),
        publicUrl: 'https://loyalty.test',
        now,
        random: randomBytes,
        grantOnJoin,
      }),
    open: (link, now = NOON) =>
      openVerification({
        db,
        vault,
        token: new URL(link).searchParams.get('token') ?? '',
        now,
        random: randomBytes,
        grantOnJoin,
      }),
    async takeMails() {
      const rows = await db.query<{ mail_id: string; sealed_mail: string }>(
        'test-take-mails',
        'delete from mails returning mail_id, sealed_mail',
        [],
      )
      const mails = rows
        .sort((a, b) => (a.mail_id < b.mail_id ? -1 : 1))
        .map((row) => JSON.parse(vault.open(row.sealed_mail, `mails/${row.mail_id}`)))
      return mails.map((mail) => ({ ...mail, link: /https:\S+/.exec(mail.text)?.[0] ?? '' }))
    },
    // A prepared statement's name must fit 63 characters.
    rows: (sql) => db.query(`test-${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`, sql, []),
    stop: () => test.stop(),
  }
}
