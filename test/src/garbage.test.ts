import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { sale } from './cart.ts'
import type { ErrorBody } from './client.ts'
import { anyRequest } from './fuzz/any-request.ts'
import { useProduct } from './product.ts'
import { houseProgram, R5 } from './programs.ts'

/** The time that all of it may take; fast-check stops there without failing. */
const LIMIT_MS = 25_000
const RUNS = 4_000

const house = useProduct(houseProgram())
let member = ''
let r5 = ''

beforeAll(async () => {
  const { till } = house()
  member = await till.newMember()
  await till.accepted(member, 'completed', sale(500))
  r5 = await till.rewardId(member, R5)
})

it('no garbage at any endpoint is a fault of ours: each refusal is JSON with a code and details', {
  timeout: 60_000,
}, async () => {
  const property = fc.asyncProperty(anyRequest({ accountId: house().accountId, member, reward: r5 }), async (raw) => {
    const reply = await house().till.send<ErrorBody>(raw)
    expect(reply.http, reply.text).toBeLessThan(500)
    if (reply.http < 400) return
    expect(reply.body, reply.text).toMatchObject({ code: expect.any(Number), details: expect.any(String) })
  })
  await fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: LIMIT_MS })
  expect((await house().till.send({ path: '/readyz', signed: false })).http).toBe(200)
})
