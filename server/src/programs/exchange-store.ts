import type { Exchange } from '@regulars/engine'
import type { Queryable, Tx } from '../platform/index.ts'

interface ExchangeRow {
  version: number
  from_asset: string
  to_asset: string
  take: string
  give: string
  at: string
  inactive: string | null
  zone: string
}

/** Every exchange of an account, the oldest first. */
export async function listExchanges(db: Queryable, accountId: string): Promise<Exchange[]> {
  const rows = await db.query<ExchangeRow>(
    'programs-list-exchanges',
    `select version, from_asset, to_asset, take, give, ms(at) as at, inactive, zone from exchanges where account_id = $1 order by version`,
    [accountId],
  )
  return rows.map(({ version, from_asset: from, to_asset: to, take, give, at, inactive, zone }) => ({
    version,
    from,
    to,
    take: Number(take),
    give: Number(give),
    at: Number(at),
    inactive,
    zone,
  }))
}

/** From the commit on every load brings it, and the round that goes through all members begins. */
export async function insertExchange(tx: Tx, accountId: string, exchange: Exchange): Promise<void> {
  const { version, from, to, take, give, at, inactive = null, zone } = exchange
  await tx.query(
    'programs-insert-exchange',
    `insert into exchanges (account_id, version, from_asset, to_asset, take, give, at, inactive, zone, cursor)
     values ($1, $2, $3, $4, $5, $6, coalesce((select clock_at from environment), instant($7)), $8, $9, 0)`,
    [accountId, version, from, to, take, give, at, inactive, zone],
  )
}

/** What members of an account have of a unit, by what is written down, and what so much of it would become. */
export interface Liability {
  readonly members: number
  readonly available: number
  readonly held: number
  readonly owed: number
  /** What `available` becomes, rounded up for each member. */
  readonly becomes: number
}

export async function readLiability(
  db: Queryable,
  accountId: string,
  { from, take, give }: Pick<Exchange, 'from' | 'take' | 'give'>,
): Promise<Liability> {
  const [row] = await db.query<Record<keyof Liability, string>>(
    'programs-read-liability',
    `select count(*) filter (where available > 0 or held > 0 or owed > 0) as members, coalesce(sum(available), 0) as available,
       coalesce(sum(held), 0) as held, coalesce(sum(owed), 0) as owed, coalesce(sum(ceil(available::numeric * $4 / $3)), 0) as becomes
     from balances where account_id = $1 and asset = $2`,
    [accountId, from, take, give],
  )
  const count = (name: keyof Liability) => Number(row?.[name] ?? 0)
  return {
    members: count('members'),
    available: count('available'),
    held: count('held'),
    owed: count('owed'),
    becomes: count('becomes'),
  }
}

/** What an exchange has done so far, by the ledger itself. */
export interface Exchanged {
  readonly members: number
  /** Of the old unit, and of the new one; less debts, which became debts. */
  readonly taken: number
  readonly given: number
  /** Of the new unit, what a threshold turned into rewards at once. */
  readonly rewarded: number
}

export async function readExchanged(
  db: Queryable,
  accountId: string,
  { version, from, to, at }: Pick<Exchange, 'version' | 'from' | 'to' | 'at'>,
): Promise<Exchanged> {
  const [row] = await db.query<Record<keyof Exchanged, string>>(
    'programs-read-exchanged',
    `select count(distinct m.member_id) filter (where m.cause = 'exchange') as members,
       coalesce(sum(e.quantity) filter (where m.cause = 'exchange' and e.asset = $3), 0) as taken,
       coalesce(-sum(e.quantity) filter (where m.cause = 'exchange' and e.asset = $4), 0) as given,
       coalesce(sum(e.quantity) filter (where m.cause = 'convert' and e.asset = $4), 0) as rewarded
     from movements m
     join entries e on e.account_id = m.account_id and e.member_id = m.member_id and e.seq = m.seq and e.ledger_account = 'converted'
     where m.account_id = $1 and (m.cause = 'exchange' and m.note = $2 or m.cause = 'convert' and m.at = instant($5))`,
    [accountId, `version ${version}`, from, to, at],
  )
  const count = (name: keyof Exchanged) => Number(row?.[name] ?? 0)
  return { members: count('members'), taken: count('taken'), given: count('given'), rewarded: count('rewarded') }
}
