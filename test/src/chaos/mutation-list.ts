/*
 * How the sources are broken on purpose (mutations.ts). Each text stands once in its file, which mutations.test.ts holds to: whoever changes it changes this too, or
 * the guarantee would be broken no more and nobody would see that the fault test has never noticed.
 */

/** One guarantee, and how it is broken. */
export interface Mutation {
  readonly breaks: string
  /** What notices, where that is not the fault test. */
  readonly test?: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const TENANCY = 'test/src/tenancy.test.ts'

/** One for each guarantee that the fault test stands for, and some for those that other tests do. */
export const MUTATIONS: readonly Mutation[] = [
  {
    breaks: 'a wallet is written only in the version that was decided on',
    file: 'server/migrations/0012-orders-under-way.sql',
    from: 'and w.member_id = b.member_id and w.version = b.version',
    to: 'and w.member_id = b.member_id and b.version > 0',
  },
  {
    breaks: 'what is decided without a load is written only where all that it rests on still is so',
    test: 'server/src/orders/known-wallets.test.ts',
    file: 'server/migrations/0012-orders-under-way.sql',
    from: '    where b.n <> all (v_moved)\n',
    to: '',
  },
  {
    breaks: 'what is decided in a row is decided on what those before it leave',
    file: 'server/src/orders/run.ts',
    from: 'wallet = walletAfter(wallet, write.changes, activeAt(write.changes, now))',
    to: 'wallet = { ...wallet, activeAt: activeAt(write.changes, now) ?? wallet.activeAt }',
  },
  {
    breaks: 'of what was decided in a row everything is written',
    file: 'server/src/orders/run.ts',
    from: 'writes.map((write) => write.changes).reduce(joinChanges)',
    to: 'writes.map((write) => write.changes).reduce((_, last) => last)',
  },
  {
    breaks: 'each call of a run gets its own answer',
    file: 'server/src/ledger/member-queue.ts',
    from: 'settle({ result: others[index] ?? MISSING })',
    to: 'settle({ result: others[others.length - 1 - index] ?? MISSING })',
  },
  {
    breaks: 'a placed order holds its reward',
    file: 'engine/src/order/sale.ts',
    from: 'const held = hold(setting, redemption, lapsesAt)',
    to: 'const held = { ok: true as const }',
  },
  {
    breaks: 'an accepted call that is repeated gets its answer again',
    file: 'engine/src/order/decide.ts',
    from: 'const stored = found?.answers[call.status]',
    to: 'const stored = ([] as NonNullable<typeof found>["answers"][string][])[0]',
  },
  {
    breaks: 'what was answered survives a crash of PostgreSQL',
    file: 'server/src/platform/embedded-postgres.ts',
    from: "synchronous_commit: 'on',",
    to: "synchronous_commit: 'off', wal_writer_delay: '10s', wal_writer_flush_after: '1GB',",
  },
  {
    breaks: 'a program counts on every server from the instant it is applied',
    file: 'server/src/orders/decide-run.ts',
    // Each server goes on with the program that it decided by first.
    from: 'membership, program, programVersion, now: instant })',
    to: 'membership, ...((globalThis as { first?: object }).first ??= { program, programVersion }), now: instant })',
  },
  {
    breaks: 'what is paid at a till on the SDK is told when the server is back',
    file: 'sdk/src/order.ts',
    from: "else if (state === 'paid') await steps.tellPayment()",
    to: "else if (state === 'paid') await steps.void()",
  },
  {
    breaks: "another account's order is one that does not exist",
    test: TENANCY,
    file: 'server/src/orders/store.ts',
    from: 'where k.account_id = c.account_id and k.key = $',
    to: 'where k.key = $',
  },
  {
    breaks: "another account's member is one that does not exist, to orders",
    test: TENANCY,
    file: 'server/src/orders/store.ts',
    from: 'from memberships where account_id = c.first_account and member_id = c.first_member\n    ) m)',
    to: 'from memberships where member_id = c.first_member\n    ) m)',
  },
  {
    breaks: "another account's member is one that does not exist, to reads",
    test: TENANCY,
    file: 'server/src/members/store.ts',
    from: 'from memberships m where m.account_id = $1 and m.member_id = $2',
    to: 'from memberships m where $1::text is not null and m.member_id = $2',
  },
]

/** The text with the guarantee broken; undefined where it does not have what is to be replaced, exactly once. */
export function broken({ from, to }: Mutation, text: string): string | undefined {
  return text.split(from).length === 2 ? text.replace(from, () => to) : undefined
}
