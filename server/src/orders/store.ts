import type { Answers, Found, Order, OrderWrite } from '@regulars/engine'
import { type LoadedWallet, ledgerRows, toWallet, type WalletRow, walletColumns } from '../ledger/index.ts'
import type { Membership } from '../members/index.ts'
import type { Queryable } from '../platform/index.ts'

/** Everything that one order call is decided on, as one statement brought it. */
export interface LoadedCall {
  /** The frozen instant of the environment's clock; null while it runs. */
  readonly clockAt: number | null
  readonly programVersion: number
  /** Null when the credential was disabled meanwhile. */
  readonly credentialVersion: number | null
  readonly membership: Membership | null
  readonly loaded: LoadedWallet
  /** The orders that the call's keys name, by key. */
  readonly found: ReadonlyMap<string, Found>
}

interface CallRow extends WalletRow {
  clock_at: string | null
  program_version: number
  credential_version: number | null
  membership: Membership | null
  /** Beside the rest, since text within JSON is written and read twice. */
  named: NamedRow | null
  document: string | null
  answers: string | null
  other_named: NamedRow | null
  other_document: string | null
  other_answers: string | null
}

/** Whose the order is that a key means. */
interface NamedRow {
  readonly ownerId: number
  readonly ownerVersion: number
}

const OF_NAMED = `order_uid in (select k.order_uid from order_keys k where k.account_id = c.account_id and k.key in (c.key, c.other_key))`

function namedBy(key: string): string {
  return `select json_build_object('ownerId', o.member_id, 'ownerVersion', w.version) as named, o.document, o.answers
    from order_keys k
    join orders o on o.account_id = k.account_id and o.member_id = k.member_id and o.order_uid = k.order_uid
    join wallets w on w.account_id = k.account_id and w.member_id = k.member_id
    where k.account_id = c.account_id and k.key = ${key}`
}

/**
 * One round trip for as many calls as there are: clock, versions, membership, wallet, and the orders meant. Reads what matches, however much there is
 * beside it.
 */
const LOAD = `select
    (select ms(clock_at) from environment) as clock_at,
    (select a.program_version from accounts a where a.account_id = c.account_id) as program_version,
    (select r.version from credentials r where r.account_id = c.account_id and r.credential_id = c.credential_id and r.disabled_at is null) as credential_version,
    (select row_to_json(m) from (
      select member_id::text as "memberId", ms(joined_at) as "joinedAt", registered, birthday::text as birthday,
        sms_opt_in as "smsOptIn", email_opt_in as "emailOptIn"
      from memberships where account_id = c.account_id and member_id = c.member_id
    ) m) as membership,
    ${walletColumns({ account: 'c.account_id', memberId: 'c.member_id', besides: OF_NAMED })},
    one.named, one.document, one.answers,
    other.named as other_named, other.document as other_document, other.answers as other_answers
  from unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::text[]) with ordinality as c (account_id, member_id, credential_id, key, other_key, n)
  left join lateral (${namedBy('c.key')}) one on true
  left join lateral (${namedBy('c.other_key')}) other on true
  order by c.n`

/** What a call is decided on. `keys`: two at most. */
export interface CallToLoad {
  readonly accountId: string
  readonly memberId: number
  readonly credentialId: string
  readonly keys: readonly string[]
}

/** As the calls stand, one result each. */
export async function loadCalls(db: Queryable, calls: readonly CallToLoad[]): Promise<LoadedCall[]> {
  const rows = await db.query<CallRow>('orders-load-calls', LOAD, [
    calls.map(({ accountId }) => accountId),
    calls.map(({ memberId }) => memberId),
    calls.map(({ credentialId }) => credentialId),
    calls.map(({ keys }) => keys[0] ?? null),
    calls.map(({ keys }) => keys[1] ?? null),
  ])
  return calls.map(({ keys }, index) => {
    const row = rows[index]
    if (!row) throw new Error('every call that is loaded has a row')
    return toLoadedCall(row, keys)
  })
}

function toLoadedCall(row: CallRow, [key, otherKey]: readonly string[]): LoadedCall {
  const found = new Map<string, Found>()
  if (key !== undefined && row.named) found.set(key, toFound(row.named, row.document, row.answers))
  if (otherKey !== undefined && row.other_named)
    found.set(otherKey, toFound(row.other_named, row.other_document, row.other_answers))
  return {
    clockAt: row.clock_at === null ? null : Number(row.clock_at),
    programVersion: row.program_version,
    credentialVersion: row.credential_version,
    membership: row.membership,
    loaded: toWallet(row),
    found,
  }
}

function toFound({ ownerId, ownerVersion }: NamedRow, document: string | null, answers: string | null): Found {
  return {
    ownerId,
    guest: ownerId < 0,
    ownerVersion,
    order: JSON.parse(document ?? '') as Order,
    answers: JSON.parse(answers ?? '') as Answers,
  }
}

/** The rows that an accepted call makes. `text` is its answer, remembered under the names the decision gives. */
export function writeRows(
  write: OrderWrite,
  { text, request, now, loaded }: { text: string; request: string; now: number; loaded: LoadedWallet },
): Record<string, unknown> {
  const { order, keys, ownerId } = write
  const answers = { ...write.answers }
  for (const { slot, fingerprint } of write.remember) answers[slot] = { fingerprint, text }
  const key = (name: string) => ({ key: name, order_uid: order.orderUid })
  const from = write.takenFrom.filter((found) => found.ownerId !== ownerId)
  const drop = write.takenFrom.filter((found) => found.ownerId === ownerId)
  const { state, storeCode, programVersion, at, ...document } = order
  return {
    ...ledgerRows(loaded, write.changes, write.changes.movements.length > 0 ? now : null),
    ...(keys.fresh.length > 0 && { new_keys: keys.fresh.map(key) }),
    ...(keys.moved.length > 0 && { moved_keys: keys.moved.map(key) }),
    ...(from.length > 0 && {
      from: from.map((found) => ({ member_id: found.ownerId, version: found.ownerVersion, order_uid: found.order.orderUid })),
    }),
    ...(drop.length > 0 && { drop: drop.map((found) => found.order.orderUid) }),
    order: {
      order_uid: order.orderUid,
      state,
      store_code: storeCode,
      program_version: programVersion,
      at,
      document: JSON.stringify({ state, storeCode, programVersion, at, ...document }),
      answers: JSON.stringify(answers),
      request,
      updated_at: now,
    },
  }
}

/** An order as it stands, with what names it in a report. */
export interface NamedOrder {
  readonly accountId: string
  readonly memberId: number
  readonly order: Order
  readonly updatedAt: number
}

/** Orders that one of the keys names: in one account, or in all of the environment. */
export async function findNamedOrders(
  db: Queryable,
  { accountId, keys }: { accountId?: string; keys: readonly string[] },
): Promise<NamedOrder[]> {
  const rows = await db.query<{ account_id: string; member_id: string; document: string; updated_at: string }>(
    'orders-find-named',
    `select distinct o.account_id, o.member_id, o.document, ms(o.updated_at) as updated_at
     from order_keys k
     join orders o on o.account_id = k.account_id and o.member_id = k.member_id and o.order_uid = k.order_uid
     where k.key = any ($1::text[]) and ($2::text is null or k.account_id = $2)
     order by o.account_id limit 20`,
    [keys, accountId ?? null],
  )
  return rows.map((row) => ({
    accountId: row.account_id,
    memberId: Number(row.member_id),
    order: JSON.parse(row.document) as Order,
    updatedAt: Number(row.updated_at),
  }))
}

/** What an order moved on the ledger, in the order in which it was written. */
export interface OrderMovement {
  readonly at: number
  readonly cause: string
  readonly note: string | null
  readonly legs: readonly { readonly asset: string; readonly account: string; readonly quantity: number }[]
}

export async function listOrderMovements(
  db: Queryable,
  { accountId, memberId, orderUid }: { accountId: string; memberId: number; orderUid: string },
): Promise<OrderMovement[]> {
  const rows = await db.query<{ at: string; cause: string; note: string | null; legs: OrderMovement['legs'] }>(
    'orders-list-movements',
    `select ms(m.at) as at, m.cause, m.note, (
       select json_agg(l order by l.asset, l.quantity) from (
         select e.asset, e.ledger_account as account, sum(e.quantity)::bigint as quantity
         from entries e where e.account_id = m.account_id and e.member_id = m.member_id and e.seq = m.seq
         group by e.asset, e.ledger_account
       ) l where l.quantity <> 0
     ) as legs
     from movements m where m.account_id = $1 and m.member_id = $2 and m.order_uid = $3 order by m.seq`,
    [accountId, memberId, orderUid],
  )
  return rows.map(({ at, cause, note, legs }) => ({ at: Number(at), cause, note, legs: legs ?? [] }))
}
