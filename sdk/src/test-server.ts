import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Regulars } from './index.ts'
import { STORE } from './test-cart.ts'
import { COMMAND, cleanEnvironment, startServer, type TestServer } from './test-launcher.ts'

/** One server for the tests of the block; at its end the ledger must verify. */
export function useServer(): () => TestServer {
  let server: (TestServer & { end(): Promise<void> }) | undefined
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(async () => {
    if (!server) return
    try {
      const verified = await promisify(execFile)(COMMAND, ['verify', '--database-url', server.databaseUrl], {
        env: cleanEnvironment(),
      }).catch((error: Error) => error)
      expect(verified).not.toBeInstanceOf(Error)
    } finally {
      await server.end()
    }
  })
  return () => {
    if (!server) throw new Error('the server has not been started')
    return server
  }
}

const first = 2_020_000_000 + Math.floor(Math.random() * 1_000_000) * 100
let phones = 0

/** A number that no other test uses. */
export function nextPhone(): string {
  phones += 1
  return String(first + phones)
}

/** A new member's id, with this many points. */
export async function memberWith(client: Regulars, points = 0): Promise<string> {
  const member = await client.members.createOrRetrieve({ phone: nextPhone() })
  if (member.kind !== 'member') throw new Error('no member')
  if (points > 0) {
    const order = client.orders.start({ member: member.id, store: STORE, source: 'instore' })
    await order.checkout({ posEntries: [{ quantity: points, posItem: { label: 'Water', cost: 1 } }] })
    await order.pay(async (due) => ({ payments: [{ tender: 'cash', amount: due }] }))
  }
  return member.id
}

export async function pointsOf(client: Regulars, member: string): Promise<number> {
  return (await client.balance.retrieve(member)).quantity
}

/** The id of the member's $5 off. */
export async function fiveOff(client: Regulars, member: string): Promise<string> {
  const [reward] = await client.rewards.list(member, { store: STORE })
  if (reward === undefined) throw new Error('no reward')
  return reward.id
}
