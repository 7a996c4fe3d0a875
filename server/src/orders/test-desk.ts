import { createHash, randomUUID } from 'node:crypto'
import type { OrderCall } from '@regulars/contract'
import type { ProgramDocument } from '@regulars/engine'
import type { Database, RandomBytes } from '../platform/index.ts'
import { createTestDatabase } from '../platform/test-database.ts'
import { applyProgram, createProgramShelf } from '../programs/index.ts'
import type { Caller } from '../signing/index.ts'
import { createOrderDesk, type OrderDesk } from './order-desk.ts'
import type { OrderOutcome } from './outcome.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
/** Noon of the day that tests begin on, in New York. */
const NOON = Date.UTC(2026, 2, 1, 17)

/** A call in a few words: money in minor units. */
export interface Saying {
  readonly status: OrderCall['status']
  readonly order: string
  /** What one unit of `Soup` costs. */
  readonly price: number
  readonly quantity?: number
  /** The wire id of a reward and its discount. */
  readonly reward?: { readonly id: string; readonly discount: number }
  readonly refundId?: string
  readonly brand?: string
}

/** For tests: the desk on a real database, with a clock that stands still until it is moved. */
export interface TestDesk {
  readonly url: string
  readonly db: Database
  clock: number
  readonly random: RandomBytes
  apply(document: ProgramDocument, convert?: string): Promise<void>
  join(accountId: string, memberId: number): Promise<void>
  post(memberRef: number | 'guest', saying: Saying): Promise<OrderOutcome>
  /** The same through another server on that database. */
  postElsewhere(memberRef: number | 'guest', saying: Saying): Promise<OrderOutcome>
  /** Which statements the desk's server has sent, by name. */
  readonly asked: string[]
  /** Posts a call and expects it to be accepted. */
  say(memberRef: number | 'guest', saying: Saying): Promise<OrderOutcome>
  claim(memberId: number, code: string): Promise<OrderOutcome>
  stop(): Promise<void>
}

export async function createTestDesk(random: RandomBytes = countingBytes(), knownMax?: number): Promise<TestDesk> {
  const { url, db, stop } = await createTestDatabase()
  const credentialId = randomUUID()
  const asked: string[] = []
  const watched: Database = {
    ...db,
    query(name, text, values) {
      asked.push(name)
      return db.query(name, text, values)
    },
  }
  const shelf = createProgramShelf()
  const desk = createOrderDesk({ db: watched, shelf, now: () => test.clock, random, ...(knownMax !== undefined && { knownMax }) })
  const elsewhere = createOrderDesk({ db, shelf: createProgramShelf(), now: () => test.clock, random })
  const callerOf = (accountId: string): Caller => ({
    environment: 'test',
    accountId,
    credentialId,
    credentialVersion: 1,
    apiKey: 'key',
    kind: 'partner',
    strictRequests: false,
  })
  const versions = new Map<string, number>()
  const test: TestDesk = {
    url,
    db,
    clock: NOON,
    random,
    async apply(document, convert) {
      const applied = await applyProgram(db, { document, source: '', now: test.clock, agree: () => true, convert })
      if (applied.kind !== 'refused') versions.set(document.account.id, applied.version)
      await db.query(
        '',
        `insert into credentials (account_id, credential_id, api_key, name, sealed_secret) values ($1, $2, $1, 'test', '') on conflict do nothing`,
        [document.account.id, credentialId],
      )
    },
    async join(accountId, memberId) {
      await db.query(
        '',
        'insert into memberships (account_id, member_id, joined_at, registered) values ($1, $2, instant($3), true)',
        [accountId, memberId, test.clock],
      )
    },
    asked,
    post: (memberRef, saying) => postTo(desk, memberRef, saying),
    postElsewhere: (memberRef, saying) => postTo(elsewhere, memberRef, saying),
    async say(memberRef, saying) {
      const outcome = await test.post(memberRef, saying)
      if (outcome.kind !== 'answered') throw new Error(`${JSON.stringify(saying)}: ${JSON.stringify(outcome)}`)
      return outcome
    },
    claim: (memberId, code) => desk.claim({ caller: callerOf('33559'), memberRef: String(memberId), receipt: { code } }),
    stop,
  }
  return test

  async function postTo(server: OrderDesk, memberRef: number | 'guest', saying: Saying): Promise<OrderOutcome> {
    const caller = callerOf(saying.brand ?? '33559')
    const call = callOf(saying, caller.accountId)
    const about = { caller, memberRef: String(memberRef), call, body: JSON.stringify(call), explain: false }
    const posted = await server.post({ ...about, readUnder: versions.get(caller.accountId) ?? 1 })
    if (posted.kind !== 'stale_program') return posted
    // As whoever serves it does: the program was applied while the call was under way.
    return server.post({ ...about, readUnder: (await shelf.current(db, caller.accountId)).version })
  }
}

function callOf({ status, order, price, quantity = 1, reward, refundId }: Saying, brand: string): OrderCall {
  return {
    status,
    orderId: order,
    refundId,
    source: 'instore',
    storeCode: '999999',
    brand,
    type: 'regular',
    currency: 'USD',
    digits: 2,
    subtotal: price * quantity,
    discount: reward?.discount ?? 0,
    payments: [],
    reward,
    lines: [{ label: 'Soup', product: 'soup', categories: [], cost: price, quantity, modifiers: [] }],
    warnings: [],
  }
}

/** Repeatable, and never the same twice. */
function countingBytes(): RandomBytes {
  let count = 0
  return (size) => {
    count += 1
    return createHash('sha256').update(String(count)).digest().subarray(0, size)
  }
}
