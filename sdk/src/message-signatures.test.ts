import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Regulars } from './index.ts'
import { type MessageSignaturesOptions, messageSignatures } from './message-signatures.ts'
import { STORE } from './test-cart.ts'
import { COMMAND, cleanEnvironment } from './test-launcher.ts'
import { nextPhone, pointsOf, useServer } from './test-server.ts'

/* Against the real server, whose credential accepts nothing else. */
const server = useServer()
beforeAll(async () => {
  const { apiKey, databaseUrl } = server()
  const args = ['credential', 'require', 'message-signatures', '--key', apiKey, '--database-url', databaseUrl]
  await promisify(execFile)(COMMAND, args, { env: cleanEnvironment() })
})

function signing(options: Partial<MessageSignaturesOptions> = {}): Regulars {
  const { apiKey, secret } = server()
  return server().client({ fetch: messageSignatures({ apiKey, secret, ...options }) })
}

const lookUp = async (client: Regulars) => (await client.members.createOrRetrieve({ phone: nextPhone() })).kind

async function sell(client: Regulars, dollars: number): Promise<string> {
  const member = await client.members.createOrRetrieve({ phone: nextPhone() })
  if (member.kind !== 'member') throw new Error('no member')
  const order = client.orders.start({ member: member.id, store: STORE, source: 'instore' })
  await order.checkout({ posEntries: [{ quantity: dollars, posItem: { label: 'Water', cost: 1 } }] })
  await order.pay(async (due) => ({ payments: [{ tender: 'cash', amount: due }] }))
  return member.id
}

/** Writes down what leaves. */
function watched(): { sent: Headers[]; fetch: typeof fetch } {
  const sent: Headers[] = []
  return {
    sent,
    fetch: (url, init) => {
      sent.push(new Headers(init?.headers))
      return fetch(url, init)
    },
  }
}

describe('a client that signs messages', () => {
  it('sells where nothing else is accepted, and sends no signature that could be used again', async () => {
    const { sent, fetch } = watched()
    expect(await pointsOf(signing(), await sell(signing({ fetch }), 7))).toBe(7)
    expect(sent.length).toBeGreaterThan(3)
    expect(sent.filter((headers) => headers.has('x-class-signature'))).toEqual([])
    const nonces = sent.map((headers) => /nonce="([^"]+)"/.exec(headers.get('signature-input') ?? '')?.[1])
    expect(new Set(nonces).size).toBe(sent.length)
    const refused = { name: 'SignatureError', reason: 'message_signature_required' }
    await expect(lookUp(server().client())).rejects.toMatchObject(refused)
  })

  it.each([600_000, -600_000])(
    'with a clock that is wrong by %i ms is refused once, and goes by the server from then on',
    async (wrong) => {
      const { sent, fetch } = watched()
      const client = signing({ fetch, now: () => Date.now() + wrong })
      await lookUp(client)
      expect(sent).toHaveLength(2)
      await lookUp(client)
      expect(sent).toHaveLength(3)
    },
  )

  it('whose requests the network sends twice sells once', async () => {
    const twice: typeof fetch = async (url, init) => {
      await fetch(url, init)
      return fetch(url, init)
    }
    let copies = 0
    const client = signing({ fetch: (url, init) => (copies++ % 2 === 0 ? twice(url, init) : fetch(url, init)) })
    expect(await pointsOf(signing(), await sell(client, 5))).toBe(5)
  })

  it('gives up where every request is a copy', async () => {
    const always: typeof fetch = async (url, init) => {
      await fetch(url, init)
      return fetch(url, init)
    }
    await expect(lookUp(signing({ fetch: always }))).rejects.toMatchObject({
      reason: 'signature_replayed',
      message: expect.stringMatching(/every request twice/) as string,
    })
  })

  it('signs the address that the server knows, behind a proxy that changes it', async () => {
    const { url } = server()
    const elsewhere = 'http://shop.example'
    const { apiKey, secret } = server()
    const client = server().client({
      baseUrl: elsewhere,
      fetch: messageSignatures({
        ...{ apiKey, secret },
        addressAtServer: (asked) => asked.replace(elsewhere, url),
        fetch: (asked, init) => fetch(String(asked).replace(elsewhere, url), init),
      }),
    })
    expect(await lookUp(client)).toBe('member')
  })

  it('says of a wrong secret what the other way to sign says', async () => {
    const secret = btoa('x'.repeat(32))
    await expect(lookUp(signing({ secret }))).rejects.toMatchObject({ name: 'SignatureError', reason: 'secret_wrong' })
  })

  it('refuses a secret that is none, and a body that cannot be signed', async () => {
    expect(() => signing({ secret: '§' })).toThrow(/base64/)
    const send = messageSignatures(server())
    await expect(send(server().url, { method: 'POST', body: new FormData() })).rejects.toThrow(/text or bytes/)
  })
})
