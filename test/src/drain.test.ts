import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { sale } from './cart.ts'
import { createTill, type Till } from './client.ts'
import { type Started, startServe } from './command.ts'
import { expectCleanLedger, useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

const house = useProduct(houseProgram())
const TILLS = 8

/** As a balancer has it: whether to send something there, asked again and again. */
interface Backend {
  readonly server: Started
  readonly till: Till
  ready: boolean
}

it('a server that is told to end finishes what it has; with another one beside it no call fails', async () => {
  const backends = [await start(), await start()]
  let going = true
  let turn = 0
  const failures: string[] = []
  let answered = 0
  const watching = watch(backends, () => going)
  const members = await Promise.all(Array.from({ length: TILLS }, () => house().till.newMember()))
  const tills = members.map(async (member) => {
    while (going) {
      const ready = backends.filter((backend) => backend.ready)
      turn += 1
      const { till } = ready[turn % ready.length] ?? { till: house().till }
      try {
        const reply = await till.order(member, 'completed', sale(5))
        if (reply.http === 200) answered += 1
        else failures.push(reply.text)
      } catch (fault) {
        failures.push(String(fault))
      }
    }
  })
  await sleep(500)
  for (let round = 0; round < 2; round++) {
    const leaving = backends[0] as Backend
    const before = answered
    expect(await leaving.server.stop()).toBe(0)
    leaving.till.close()
    expect(answered - before).toBeGreaterThan(10)
    backends.shift()
    backends.push(await start())
    await sleep(300)
  }
  going = false
  await Promise.all([...tills, watching])
  expect(failures).toEqual([])
  expect(answered).toBeGreaterThan(100)
  for (const { till, server } of backends) {
    till.close()
    expect(await server.stop()).toBe(0)
  }
  await expectCleanLedger(house())
})

it('says in /readyz that it ends, answers on, closes connections with their answers, and takes no new ones at last', async () => {
  const { server, till } = await start()
  const member = await till.newMember()
  const ended = server.stop()
  await until(async () => (await fetch(`${server.ready.url}/readyz`)).status === 503)
  const reply = await till.order(member, 'completed', sale(5))
  expect([reply.http, reply.headers.connection]).toEqual([200, 'close'])
  expect(await ended).toBe(0)
  await expect(fetch(`${server.ready.url}/readyz`)).rejects.toThrow()
  till.close()
})

async function start(): Promise<Backend> {
  const server = await startServe(house(), house().databaseUrl)
  return { server, till: createTill({ ...house(), url: server.ready.url ?? '' }), ready: true }
}

async function watch(backends: readonly Backend[], going: () => boolean): Promise<void> {
  while (going()) {
    for (const backend of backends) {
      backend.ready = await fetch(`${backend.server.ready.url}/readyz`).then(
        (reply) => reply.ok,
        () => false,
      )
    }
    await sleep(50)
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 200; waited++) {
    if (await condition()) return
    await sleep(10)
  }
  throw new Error('it did not come to pass within two seconds')
}
