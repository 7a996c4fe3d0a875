import type { Answers, Found, Lot, Order, OrderWrite } from '@regulars/engine'
import { LOT_COLUMNS, type LoadedWallet, type LotRow, toLot, toWallet, type WalletRow, walletColumns } from '../ledger/index.ts'
import type { Membership } from '../members/index.ts'
import type { Queryable } from '../platform/index.ts'

/** What calls of one member are decided on, as one statement brought it. */
export interface LoadedRun {
  /** The frozen instant of the environment's clock; null while it runs. */
  readonly clockAt: number | null
  readonly programVersion: number
  readonly membership: Membership | null
  /** Another one as soon as anything about the membership has changed; null for a guest. */
  readonly membershipRow: string | null
  /** With open lots only. */
  readonly loaded: LoadedWallet
  /** As they were asked for. */
  readonly calls: readonly LoadedCall[]
}

export interface LoadedCall {
  /** Null when the credential was disabled meanwhile. */
  readonly credentialVersion: number | null
  /** The orders that the call's keys name, by key. */
  readonly found: ReadonlyMap<string, Found>
  /** Lots that these orders earned and that nothing is left of, since a refund must know what of them expired. */
  readonly closedLots: readonly Lot[]
}

interface CallRow extends WalletRow {
  clock_at: string | null
  program_version: number
  credential_version: number | null
  membership: Membership | null
  membership_row: string | null
  closed_lots: readonly LotRow[] | null
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
 * beside it; membership and wallet once for all calls of a member, with the first.
 */
const LOAD = `select
    (select ms(clock_at) from environment) as clock_at,
    (select a.program_version from accounts a where a.account_id = c.account_id) as program_version,
    (select r.version from credentials r where r.account_id = c.account_id and r.credential_id = c.credential_id and r.disabled_at is null) as credential_version,
    (select row_to_json(m) from (
      select member_id::text as "memberId", ms(joined_at) as "joinedAt", registered, birthday::text as birthday,
        sms_opt_in as "smsOptIn", email_opt_in as "emailOptIn"
      from memberships where account_id = c.first_account and member_id = c.first_member
    ) m) as membership,
    (select xmin::text from memberships where account_id = c.first_account and member_id = c.first_member) as membership_row,
    ${walletColumns({ account: 'c.first_account', memberId: 'c.first_member' })},
    (select json_agg(l) from (
      select ${LOT_COLUMNS} from lots where account_id = c.account_id and member_id = c.member_id and ${OF_NAMED} and available = 0 and held = 0
    ) l) as closed_lots,
    one.named, one.document, one.answers,
    other.named as other_named, other.document as other_document, other.answers as other_answers
  from (
    select *, case when is_first then account_id end as first_account, case when is_first then member_id end as first_member
    from unnest($1::text[], $2::bigint[], $3::boolean[], $4::uuid[], $5::text[], $6::text[])
      with ordinality as u (account_id, member_id, is_first, credential_id, key, other_key, n)
  ) c
  left join lateral (${namedBy('c.key')}) one on true
  left join lateral (${namedBy('c.other_key')}) other on true
  order by c.n`

/** Calls of one member. */
export interface RunToLoad {
  readonly accountId: string
  readonly memberId: number
  readonly calls: readonly CallToLoad[]
}

/** `keys`: two at most. */
interface CallToLoad {
  readonly credentialId: string
  readonly keys: readonly string[]
}

/** As the runs stand, one result each. */
export async function loadRuns(db: Queryable, runs: readonly RunToLoad[]): Promise<LoadedRun[]> {
  const calls = runs.flatMap(({ accountId, memberId, calls }) =>
    calls.map((call, index) => ({ ...call, accountId, memberId, isFirst: index === 0 })),
  )
  const rows = await db.query<CallRow>('orders-load-runs', LOAD, [
    calls.map(({ accountId }) => accountId),
    calls.map(({ memberId }) => memberId),
    calls.map(({ isFirst }) => isFirst),
    calls.map(({ credentialId }) => credentialId),
    calls.map(({ keys }) => keys[0] ?? null),
    calls.map(({ keys }) => keys[1] ?? null),
  ])
  let next = 0
  return runs.map(({ calls }) => {
    const own = rows.slice(next, next + calls.length)
    next += calls.length
    return toLoadedRun(own, calls)
  })
}

function toLoadedRun(rows: readonly CallRow[], calls: readonly CallToLoad[]): LoadedRun {
  const [first] = rows
  if (!first || rows.length < calls.length) throw new Error('every call that is loaded has a row')
  return {
    clockAt: first.clock_at === null ? null : Number(first.clock_at),
    programVersion: first.program_version,
    membership: first.membership,
    membershipRow: first.membership_row,
    loaded: toWallet(first),
    calls: rows.map((row, index) => toLoadedCall(row, calls[index]?.keys ?? [])),
  }
}

function toLoadedCall(row: CallRow, [key, otherKey]: readonly string[]): LoadedCall {
  const found = new Map<string, Found>()
  if (key !== undefined && row.named) found.set(key, toFound(row.named, row.document, row.answers))
  if (otherKey !== undefined && row.other_named)
    found.set(otherKey, toFound(row.other_named, row.other_document, row.other_answers))
  return { credentialVersion: row.credential_version, found, closedLots: (row.closed_lots ?? []).map(toLot) }
}

/** An order as its row has it. */
function toFound({ ownerId, ownerVersion }: NamedRow, document: string | null, answers: string | null): Found {
  return {
    ownerId,
    guest: ownerId < 0,
    ownerVersion,
    order: JSON.parse(document ?? '') as Order,
    answers: JSON.parse(answers ?? '') as Answers,
  }
}

export type OrderRow = ReturnType<typeof orderRow>

/** What is remembered of an order whose call is answered with `text`, under the names that the decision gives. */
export function answersAfter({ remember, answers: known }: OrderWrite, text: string): Answers {
  const answers = { ...known }
  for (const { slot, fingerprint } of remember) answers[slot] = { fingerprint, text }
  return answers
}

/** The row of an accepted call's order. */
export function orderRow(order: Order, answers: Answers, { request, now }: { request: string; now: number }) {
  return {
    order_uid: order.orderUid,
    state: order.state,
    store_code: order.storeCode,
    program_version: order.programVersion,
    at: order.at,
    document: JSON.stringify(order),
    answers: JSON.stringify(answers),
    request,
    updated_at: now,
  }
}

/** The rows that name orders and take them from where they stood. */
export function keyRows(writes: readonly OrderWrite[]): Record<string, unknown> {
  const keysOf = (kind: 'fresh' | 'moved') =>
    writes.flatMap(({ keys, order }) => keys[kind].map((key) => ({ key, order_uid: order.orderUid })))
  const [fresh, moved] = [keysOf('fresh'), keysOf('moved')]
  const taken = writes.flatMap(({ takenFrom, ownerId }) =>
    takenFrom.map((found) => ({ found, stays: found.ownerId === ownerId })),
  )
  const from = taken.filter(({ stays }) => !stays)
  const drop = taken.filter(({ stays }) => stays)
  return {
    ...(fresh.length > 0 && { new_keys: fresh }),
    ...(moved.length > 0 && { moved_keys: moved }),
    ...(from.length > 0 && {
      from: from.map(({ found }) => ({ member_id: found.ownerId, version: found.ownerVersion, order_uid: found.order.orderUid })),
    }),
    ...(drop.length > 0 && { drop: drop.map(({ found }) => found.order.orderUid) }),
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
