import { expect, it } from 'vitest'
import { fuzz, targetOf } from './fuzz/fuzz.ts'
import { useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

const house = useProduct(houseProgram())

// `npm run fuzz` sends as many as one likes; here every kind comes by.
it('no attack brings a fault, and every kind gets past the first check now and then', { timeout: 120_000 }, async () => {
  const { till } = house()
  const report = await fuzz(till, await targetOf(house(), till), { count: 1_500, seed: 20_261_123 })
  expect(report.findings).toEqual([])
  expect(report.sent).toBe(1_500)
  for (const answer of ['request 200', 'request 400', 'signature 401', 'program 400', 'bytes 400']) {
    expect(report.answers[answer], JSON.stringify(report.answers)).toBeGreaterThan(0)
  }
  expect((await till.send({ path: '/readyz', signed: false })).http).toBe(200)
})
