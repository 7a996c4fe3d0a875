import { randomBytes } from 'node:crypto'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { expect } from 'vitest'
import type { Cart } from './cart.ts'
import { DEMO_STORE } from './programs.ts'
import { signature } from './signature.ts'

export { signature } from './signature.ts'

/** What a partner is given. */
interface Credentials {
  readonly url: string
  readonly apiKey: string
  readonly secret: string
  readonly accountId: string
}

/** An answer as it came over the wire; `body` is undefined when it is not JSON. */
export interface Reply<Body = unknown> {
  readonly http: number
  readonly body: Body
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

/** wire-contract §3. */
export interface ErrorBody {
  readonly id?: string
  readonly code: number
  readonly status?: string
  readonly message?: string
  readonly details: string
  readonly reason?: string
}

interface Transaction {
  readonly id?: string
  readonly discount: number
  readonly status: string
  readonly message?: string
  readonly reason?: string
  readonly receipt_code?: string
}

export type OrderBody = { readonly transaction: Transaction } & Partial<ErrorBody>

interface Reward {
  readonly id: string
  readonly currency: string
  readonly offer: string
  readonly label: string
  readonly value: number
  readonly reference?: { readonly type: string; readonly code: string }
  readonly quantity: number
}

interface BalanceReward extends Omit<Reward, 'id'> {
  readonly next_expires_on?: string
  readonly points?: number
  readonly value_per_point?: number
}

export interface Balance {
  readonly quantity: number
  readonly units: string
  readonly spend_threshold?: number
  readonly label: string
  readonly rewards: readonly BalanceReward[]
}

export interface RawRequest {
  readonly method?: string
  /** The request target exactly as it goes onto the request line. */
  readonly path: string
  readonly body?: string | Buffer
  /** Added to, or in place of, the signed request's own; `undefined` takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly signed?: boolean
}

export type Status = 'checkout' | 'placed' | 'billed' | 'completed' | 'voided' | 'refunded'

/** A POS that signs as wire-contract §2 says. */
export type Till = ReturnType<typeof createTill>

export function createTill(credentials: Credentials, { sockets = 64 }: { sockets?: number } = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets })
  const send = <Body>(raw: RawRequest) => sendRaw<Body>(agent, credentials, raw)
  const post = <Body>(path: string, body: unknown) => send<Body>({ method: 'POST', path, body: JSON.stringify(body) })

  /** `POST /loyalty/accounts`, with whatever is given as the customer. */
  const create = (customer: Record<string, unknown>) =>
    post<{ id: string; status: string } & Partial<ErrorBody>>('/loyalty/accounts', { customer })

  /** A member that did not exist before; gives its id. */
  const newMember = async (customer: Record<string, unknown> = {}) => {
    const reply = await create({ phone: nextPhone(), ...customer })
    expect(reply.http, reply.text).toBe(201)
    return reply.body.id
  }

  const balance = async (member: string) => {
    const reply = await send<Balance>({ path: `/loyalty/accounts/${member}/balance` })
    expect(reply.http, reply.text).toBe(200)
    return reply.body
  }

  const rewards = async (member: string, store = DEMO_STORE) => {
    const reply = await send<{ rewards: readonly Reward[] }>({ path: `/loyalty/accounts/${member}/rewards?store=${store}` })
    expect(reply.http, reply.text).toBe(200)
    return reply.body.rewards
  }

  /** One order call, whatever it answers; `query` is appended to the address. */
  const order = (member: string, status: Status, cart: Cart, query = '') =>
    post<OrderBody>(`/loyalty/accounts/${member}/orders${query}`, { brand: credentials.accountId, ...cart, status })

  /** An order call that has to be accepted. */
  const accepted = async (member: string, status: Status, cart: Cart) => {
    const reply = await order(member, status, cart)
    expect(reply.http, `${status}: ${reply.text}`).toBe(200)
    expect(reply.body.transaction.status).toBe(status)
    return reply.body.transaction
  }

  return {
    credentials,
    send,
    post,
    create,
    newMember,
    balance,
    /** What the member has, in the program's units. */
    points: async (member: string) => (await balance(member)).quantity,
    rewards,
    /** The id under which the member can redeem the reward of this label now. */
    rewardId: async (member: string, label: string) => {
      const all = await rewards(member)
      const reward = all.find((candidate) => candidate.label === label)
      if (!reward) throw new Error(`no reward "${label}" among ${JSON.stringify(all)}`)
      return reward.id
    },
    /** How many of the reward of this label the member can redeem now. */
    rewardCount: async (member: string, label: string) => {
      const all = await rewards(member)
      return all.filter((reward) => reward.label === label).reduce((sum, reward) => sum + reward.quantity, 0)
    },
    order,
    accepted,
    /** Several accepted calls of one cart, in turn; gives the last transaction. */
    run: async (member: string, statuses: readonly Status[], cart: Cart) => {
      let transaction: Transaction | undefined
      for (const status of statuses) transaction = await accepted(member, status, cart)
      if (!transaction) throw new Error('no status was given')
      return transaction
    },
    close: () => agent.destroy(),
  }
}

/** A refusal of this code, in the shape every error has. Gives its body, for what else the test knows of it. */
export function expectRefusal(reply: Reply, http: number, code: number): ErrorBody {
  expect(reply.http, reply.text).toBe(http)
  const body = reply.body as ErrorBody
  expect(body.code, reply.text).toBe(code)
  expect(body.details, reply.text).toEqual(expect.stringMatching(/./))
  expect(body.message, reply.text).toEqual(expect.stringMatching(/./))
  expect(body.id, reply.text).toEqual(expect.stringMatching(/./))
  return body
}

const firstPhone = 2_010_000_000 + (randomBytes(3).readUIntBE(0, 3) % 1_000_000) * 100
let phones = 0

/** A national number of possible length that no other test uses. */
export function nextPhone(): string {
  phones += 1
  return String(firstPhone + phones)
}

function sendRaw<Body>(agent: Agent, credentials: Credentials, raw: RawRequest): Promise<Reply<Body>> {
  const { method = 'GET', path, body = '' } = raw
  const address = new URL(credentials.url)
  const headers = {
    ...(raw.signed === false ? {} : signedHeaders(credentials, path, body)),
    ...contentHeaders(body),
    ...raw.headers,
  }
  return new Promise((resolve, reject) => {
    const call = request(
      { agent, method, path, host: address.hostname, port: address.port, headers: present(headers) },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ http: response.statusCode ?? 0, body: parsed(text) as Body, text, headers: response.headers })
        })
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

function signedHeaders({ apiKey, secret }: Credentials, path: string, body: string | Buffer): Record<string, string> {
  return { 'X-Class-Key': apiKey, 'X-Class-Signature': signature(secret, path, body) }
}

function contentHeaders(body: string | Buffer): Record<string, string> {
  return body.length === 0 ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }
}

function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
