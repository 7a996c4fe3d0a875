import { readOrderCall } from '@regulars/contract'
import type { Program } from '@regulars/engine'
import { getMembership } from '../members/index.ts'
import { createOrderDesk } from '../orders/index.ts'
import type { Database, RandomBytes } from '../platform/index.ts'
import type { ProgramShelf } from '../programs/index.ts'
import { openMemberWallet, viewRewards } from '../rewards/index.ts'
import type { Caller } from '../signing/index.ts'
import { orderIdOf, type SeedCredential } from './store.ts'

export const DAY_MS = 86_400_000
const ORDERS_MAX = 4
const LINES_MAX = 5
/** Every other order asks for a reward, where there is one. */
const STATUSES = ['checkout', 'placed', 'billed', 'completed'] as const

interface History {
  readonly accountId: string
  readonly memberId: number
  readonly joinedAt: number
  readonly days: number
  readonly credential: SeedCredential
  readonly program: Program
  readonly shelf: ProgramShelf
  readonly random: RandomBytes
}

/** Between one and four orders, on days of their own, each from checkout to completed, as a till would send them. */
export async function liveHistory(db: Database, history: History): Promise<void> {
  const { accountId, memberId, joinedAt, days, random, shelf, program } = history
  let now = joinedAt
  const desk = createOrderDesk({ db, shelf, now: () => now, random })
  const caller = callerOf(history)
  const version = (await shelf.current(db, accountId)).version
  const orders = 1 + below(ORDERS_MAX, random)
  for (let number = 1; number <= orders; number++) {
    now = joinedAt + Math.floor((days / (orders + 1)) * number) * DAY_MS + below(DAY_MS, random)
    const body = bodyOf({ history, number })
    let reward = number % 2 === 0 ? await firstReward(db, history, now) : undefined
    for (const status of STATUSES) {
      const text = JSON.stringify({ ...body, status, ...(reward && rewarded(body, reward)) })
      const call = readOrderCall(JSON.parse(text), { currency: program.currency, strict: false })
      if (!call.ok) throw new Error(`a seeded order cannot be read: ${JSON.stringify(call.refusal)}`)
      const outcome = await desk.post({
        caller,
        memberRef: String(memberId),
        call: call.value,
        body: text,
        explain: false,
        readUnder: version,
      })
      if (outcome.kind !== 'answered') throw new Error(`a seeded order was not accepted: ${JSON.stringify(outcome)}`)
      const { transaction } = JSON.parse(outcome.text) as { transaction: { discount: number } }
      if (reward) reward = transaction.discount > 0 ? { ...reward, discount: transaction.discount } : undefined
    }
  }
}

interface AskedReward {
  readonly id: string
  readonly discount: number
}

async function firstReward(db: Database, history: History, now: number): Promise<AskedReward | undefined> {
  const { accountId, memberId, program, random } = history
  const membership = await getMembership(db, accountId, String(memberId))
  if (!membership) throw new Error('a seeded member is a member')
  const { book, member } = await openMemberWallet(db, { accountId, memberId, membership, program, now, random })
  const [first] = viewRewards(program, book, member, { storeCode: storeOf(program), at: now })
  return first && { id: first.id, discount: 0 }
}

type Body = ReturnType<typeof bodyOf>

function bodyOf({ history, number }: { history: History; number: number }) {
  const { accountId, memberId, program, random } = history
  const posEntries = Array.from({ length: 1 + below(LINES_MAX, random) }, () => {
    const item = below(200, random)
    return {
      quantity: 1 + below(2, random),
      posItem: { label: `Dish ${item}`, product: `D${item}`, categories: [`Category ${item % 10}`], cost: 5 + item / 10 },
    }
  })
  const subtotal = posEntries.reduce((sum, { quantity, posItem }) => sum + quantity * Math.round(posItem.cost * 100), 0) / 100
  return {
    id: orderIdOf(memberId, number),
    brand: accountId,
    vendor: storeOf(program),
    source: 'instore',
    type: 'regular',
    rendition: 'onsite',
    subtotal,
    payments: [{ tender: 'credit', issuer: 'visa', suffix: '1111', amount: subtotal }],
    basket: { posEntries },
  }
}

const rewarded = ({ basket }: Body, { id, discount }: AskedReward) => ({
  discount,
  basket: { ...basket, rewards: [{ provider: 'regulars', id, level: 'basket', discount }] },
})

const storeOf = ({ stores }: Program): string => [...stores.keys()][0] ?? ''

const callerOf = ({ accountId, credential }: History): Caller => ({
  environment: 'test',
  accountId,
  credentialId: credential.credentialId,
  credentialVersion: credential.version,
  apiKey: '',
  kind: 'partner',
  strictRequests: false,
})

const below = (count: number, random: RandomBytes): number =>
  Math.floor((Buffer.from(random(6)).readUIntBE(0, 6) / 2 ** 48) * count)
