import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Client, openClient } from './client.ts'

/** The second vector of the wire contract. */
const SECRET = 'ZmFjdC1zaGVldC1kZW1vLXNlY3JldC1ub3QtYS1yZWFsLW9uZS0wMTIzNDU2Nzg5'

type Reply = number | 'cut'
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A server that answers one call after the other as told, and remembers what came. */
async function serve(replies: Reply[]) {
  const came: { signature: string; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      came.push({ signature: String(request.headers['x-class-signature']), body })
      const reply = replies.shift() ?? 200
      if (reply === 'cut') return request.socket.destroy()
      response.writeHead(reply, { 'Retry-After': '0' }).end('{"ok":true}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client: Client = openClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: 'key',
    secret: SECRET,
  })
  closers.push(
    () => client.close(),
    () => server.close(),
  )
  return { client, came }
}

describe('the client of a replay', () => {
  it('signs the request line and the body', async () => {
    const { client, came } = await serve([])
    await client.send({ method: 'GET', uri: '/loyalty/accounts/494979/rewards?store=999999', body: '' })
    expect(came[0]?.signature).toBe('feWZHXw8Ww4YJfmUR+stQSJJn5RW8l3Qeq9ZMvKhayo=')
  })

  it('makes the very same call again while the server is away', async () => {
    const { client, came } = await serve(['cut', 503, 429, 201])
    const answer = await client.send({ method: 'POST', uri: '/loyalty/accounts', body: '{"customer":{}}' })
    expect(answer).toMatchObject({ status: 201, attempts: 4, body: { ok: true } })
    expect(new Set(came.map((call) => JSON.stringify(call))).size).toBe(1)
  })

  it('takes a refusal for an answer', async () => {
    const { client, came } = await serve([409])
    expect(await client.send({ method: 'POST', uri: '/x', body: '{}' })).toMatchObject({ status: 409, attempts: 1 })
    expect(came).toHaveLength(1)
  })
})
