import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { redeeming, returning, sale } from './cart.ts'
import { createTill, nextPhone, type OrderBody, type Reply, type Till } from './client.ts'
import { regulars, type Started, startServe, writeProgram } from './command.ts'
import { createCredential, useProduct } from './product.ts'
import { ACCOUNT, DEMO_STORE, houseProgram } from './programs.ts'

// Issue 5 §3: whatever belongs to another account or to the other environment is, for every operation, what does not exist. A phone or an email is the
// one exception, by contract: a person is known once in an environment, and joining an account is what `POST /loyalty/accounts` does.

const OTHER_ACCOUNT = '44444'
const OTHER_STORE = '777777'
const house = useProduct(houseProgram())
let server: Started
let mine: Till
let member: string

/** What a tenant has, by what names it. */
interface Owned {
  readonly account: string
  readonly member: string
  readonly store: string
  readonly reward: string
  readonly order: string
  readonly basket: string
  readonly transaction: string
  readonly receipt: string
}
const owners: Record<string, Owned> = {}
const tills: Till[] = []

beforeAll(async () => {
  server = await startServe(house(), house().databaseUrl)
  mine = till(house(), ACCOUNT)
  member = await mine.newMember()
  await mine.accepted(member, 'completed', sale(500))
  // Rewards are numbered in each account: only with more of them than we have is there one that is theirs alone.
  const rewards = Object.fromEntries(
    Array.from({ length: 9 }, (_, at) => [
      `their-${at}`,
      { label: `Their ${at}`, offer: 'rebate', amount: '5.00', points: 100 + at },
    ]),
  )
  const other = houseProgram({
    rewards,
    account: { id: OTHER_ACCOUNT, name: 'Another brand' },
    stores: [{ code: OTHER_STORE, name: 'Another store', timezone: 'America/New_York' }],
  })
  const live = houseProgram({ rewards, stores: [{ code: OTHER_STORE, name: 'A live store', timezone: 'America/New_York' }] })
  owners['another account'] = await own(OTHER_ACCOUNT, 'test', other)
  owners['the other environment'] = await own(ACCOUNT, 'live', live)
})
afterAll(async () => {
  for (const one of [mine, ...tills]) one?.close()
  expect(await server?.stop()).toBe(0)
})

function till(credential: { apiKey: string; secret: string }, accountId: string): Till {
  return createTill({ ...credential, url: server.ready.url ?? '', accountId })
}

/** A tenant with one of everything. */
async function own(account: string, environment: string, program: ReturnType<typeof houseProgram>): Promise<Owned> {
  const file = await writeProgram(house().folder, program, `${environment}-${account}.json`)
  const { databaseUrl } = house()
  const applied = await regulars(['apply', file, '--yes', '--environment', environment, '--database-url', databaseUrl])
  expect(applied.code, applied.stderr).toBe(0)
  const theirs = till(await createCredential(house(), ['--account', account, '--environment', environment]), account)
  tills.push(theirs)
  // So many that their ids cannot be ours by chance.
  const theirMember = await theirs.newMember()
  const uuid = randomUUID()
  const plain = sale(500, { id: `theirs-in-${environment}`, vendor: OTHER_STORE })
  const cart = { ...plain, basket: { ...plain.basket, uuid } }
  const sold = await theirs.accepted(theirMember, 'completed', cart)
  const guest = await theirs.accepted('guest', 'completed', { ...sale(30), vendor: OTHER_STORE })
  const ours = (await mine.rewards(member)).map(({ id }) => id)
  const reward = (await theirs.rewards(theirMember, OTHER_STORE)).find(({ id }) => !ours.includes(id))
  expect(reward).toBeDefined()
  return {
    account,
    member: theirMember,
    store: OTHER_STORE,
    reward: reward?.id ?? '',
    order: String(cart.id),
    basket: uuid,
    transaction: sold.id ?? '',
    receipt: guest.receipt_code ?? '',
  }
}

/** A value of the same shape that nobody has. */
const NOBODYS: Owned = {
  account: '99999',
  member: '987654321',
  store: '123123',
  reward: 'P_111222333',
  order: 'nobodys-order',
  basket: '00000000-0000-4000-8000-000000000000',
  transaction: '555666777',
  receipt: 'ABCDEFGHJK',
}

const claim = (body: object, who = member) => mine.post(`/loyalty/accounts/${who}/claims`, body)
const order = (cart: object, status: 'checkout' | 'placed' | 'billed' | 'completed' | 'voided' | 'refunded', who = member) =>
  mine.order(who, status, cart as Parameters<Till['order']>[2])

/** Every operation with every kind of id that it takes. Each makes its own order where it needs one, so that one call does not change the next. */
const OPERATIONS: Readonly<Record<string, (given: Owned) => Promise<Reply>>> = {
  'balance of a member': (given) => mine.send({ path: `/loyalty/accounts/${given.member}/balance` }),
  'rewards of a member': (given) => mine.send({ path: `/loyalty/accounts/${given.member}/rewards?store=${DEMO_STORE}` }),
  'rewards at a store': (given) => mine.send({ path: `/loyalty/accounts/${member}/rewards?store=${given.store}` }),
  'a member whose favourite store it is': (given) => mine.create({ phone: nextPhone(), favorite_store_id: given.store }),
  'checkout for a member': (given) => order(sale(20), 'checkout', given.member),
  'completed for a member': (given) => order(sale(20), 'completed', given.member),
  'an order at a store': (given) => order({ ...sale(20), vendor: given.store }, 'completed'),
  'an order of a brand': (given) => order({ ...sale(20), brand: given.account }, 'completed'),
  'checkout with a reward': (given) => order(redeeming(sale(20), given.reward, 5), 'checkout'),
  'placed with a reward': (given) => order(redeeming(sale(20), given.reward, 5), 'placed'),
  'refunded, an order': (given) => order({ ...sale(500), id: given.order }, 'refunded'),
  'refunded, by its basket': (given) => {
    const cart = sale(500)
    return order({ ...cart, id: `${given.order}-x`, basket: { ...cart.basket, uuid: given.basket } }, 'refunded')
  },
  async 'refunded, by a transaction'(given) {
    const cart = sale(20)
    await mine.accepted(member, 'completed', cart)
    return order({ ...returning(cart, [{ label: 'x', cost: 20 }]), ...cart, transaction: given.transaction }, 'refunded')
  },
  'placed, an order': (given) => order({ ...sale(20), id: given.order }, 'placed'),
  'voided, an order': (given) => order({ ...sale(20), id: given.order }, 'voided'),
  'checkout, a basket': (given) => {
    const cart = sale(20)
    return order({ ...cart, id: undefined, basket: { ...cart.basket, uuid: given.basket } }, 'checkout')
  },
  'claim by a receipt code': (given) => claim({ receipt_code: given.receipt }),
  'claim by an order': (given) => claim({ order_id: given.order, date: '2026-01-01', total: 30 }),
  'claim for a member': (given) => claim({ receipt_code: NOBODYS.receipt }, given.member),
}

it.each(
  Object.keys(OPERATIONS).flatMap((operation) =>
    ['another account', 'the other environment'].map((owner) => [operation, owner] as const),
  ),
)('%s: what is of %s is what does not exist', async (operation, owner) => {
  const run = OPERATIONS[operation]
  const theirs = owners[owner]
  if (!run || !theirs) throw new Error('it is there')
  // The account of the other environment is ours here.
  const given = theirs.account === ACCOUNT ? { ...theirs, account: NOBODYS.account } : theirs
  const [foreign, absent] = [await run(given), await run(NOBODYS)]
  expect(masked(foreign, given)).toEqual(masked(absent, NOBODYS))
})

it('what was asked changed nothing of theirs', async () => {
  for (const [at, theirs] of Object.values(owners).entries()) {
    const balance = await tills[at]?.balance(theirs.member)
    expect(balance?.quantity).toBe(500)
  }
})

it('takes no longer, within what a machine under load can measure', async () => {
  const theirs = owners['another account'] as Owned
  const times: [number[], number[]] = [[], []]
  for (let i = 0; i < 80; i++) {
    for (const [kind, id] of [theirs.member, NOBODYS.member].entries()) {
      const start = performance.now()
      await mine.send({ path: `/loyalty/accounts/${id}/balance` })
      times[kind === 0 ? 0 : 1].push(performance.now() - start)
    }
  }
  const [a = 0, b = 0] = times.map((list) => list.sort((x, y) => x - y)[40])
  expect(Math.max(a, b) / Math.min(a, b)).toBeLessThan(1.6)
})

/** Status and text, with the values that were sent, and what is new in every answer, taken out. */
function masked({ http, text }: Reply, given: Owned): { http: number; text: string } {
  let plain = text.replace(/"id":"[^"]*"/g, '"id":"…"').replace(/"receipt_code":"[^"]*"/g, '"receipt_code":"…"')
  for (const [name, value] of Object.entries(given)) plain = plain.replaceAll(value, `<${name}>`)
  // Orders of our own, made for the call.
  return { http, text: plain.replace(/\border \d+-\d+/g, 'order …') }
}

it('the mask leaves what matters', () => {
  const reply = { http: 400, text: '{"id":"err_1","reason":"member_unknown","m":"987654321"}' } as Reply<OrderBody>
  expect(masked(reply, NOBODYS).text).toBe('{"id":"…","reason":"member_unknown","m":"<member>"}')
})
