import { beforeAll, describe, expect, it } from 'vitest'
import { type Cart, cart, redeeming, returning, sale } from './cart.ts'
import { regulars, regularsKilledAt, writeProgram } from './command.ts'
import { expectCleanLedger, type Product, useProduct } from './product.ts'
import { houseProgram, type ProgramFile, R5, visitProgram } from './programs.ts'

const MEMBERS = 120
const dish = { label: 'Hamburger', product: 'P1', cost: 20, categories: ['American'] }
/** Visits from now on; the threshold is out of reach, so that balances show what became of the points. */
const visits = visitProgram({ program: { threshold: 1000 } })

const apply = async (product: Product, program: ProgramFile, ...options: readonly string[]) => {
  const file = await writeProgram(product.folder, program)
  return ['apply', file, '--yes', '--database-url', product.databaseUrl, ...options]
}

describe('points become visits while the shop is open', () => {
  const brand = useProduct(houseProgram())
  /** Where each member stood in the middle of something. */
  let plain: { id: string; points: number }[]
  let holding: { id: string; order: Cart }
  let voiding: { id: string; order: Cart }
  let earned: { id: string; order: Cart }
  let spent: { id: string; order: Cart }
  let report: string

  const withPoints = async (points: number) => {
    const { till } = brand()
    const id = await till.newMember()
    await till.accepted(id, 'completed', sale(points))
    return id
  }
  const redeemed = async (status: 'placed' | 'completed') => {
    const { till } = brand()
    const id = await withPoints(150)
    const order = redeeming(cart([dish]), await till.rewardId(id, R5), 5)
    await till.accepted(id, status, order)
    return { id, order }
  }

  beforeAll(async () => {
    const product = brand()
    const { till } = product
    plain = await Promise.all(
      Array.from({ length: MEMBERS }, async (_, index) => ({ id: await withPoints(index + 1), points: index + 1 })),
    )
    holding = await redeemed('placed')
    voiding = await redeemed('placed')
    spent = await redeemed('completed')
    earned = { id: await withPoints(80), order: cart([5, 5, 5].map((cost, n) => ({ ...dish, product: `Q${n}`, cost }))) }
    await till.accepted(earned.id, 'completed', earned.order)

    const command = await apply(product, visits, '--convert', 'points:visits=10:1')
    for (const afterMs of [0, 40, 80]) {
      const printed = await regularsKilledAt('is in force', afterMs, command)
      expect(printed).toContain('Version 2 is in force')
    }
    // Some are asked for before the command goes on, so that their own call is what converts them.
    for (const { id, points } of plain.slice(0, 20)) expect(await till.points(id)).toBe(Math.ceil(points / 10))
    await Promise.all(plain.slice(0, 10).map(({ id }) => till.accepted(id, 'completed', sale(1))))
    const again = await regulars(command)
    expect(again.code, again.stderr).toBe(0)
    report = again.stdout
  }, 180_000)

  it('gives each member what their points are worth, rounded up, once, whoever came first', async () => {
    const { till } = brand()
    for (const [index, { id, points }] of plain.entries())
      expect(await till.points(id), `${points} points`).toBe(Math.ceil(points / 10) + (index < 10 ? 1 : 0))
  })

  it('tells the accountant what was owed to members before and after, and what rounding gave', () => {
    // 1 to 120, 50 beside each of two holds, 65 left of the third, 95.
    const before = (MEMBERS * (MEMBERS + 1)) / 2 + 50 + 50 + 65 + 95
    const given = plain.reduce((sum, { points }) => sum + Math.ceil(points / 10), 0) + 5 + 5 + 7 + 10
    expect(report).toContain(`${before} points of ${MEMBERS + 4} members became ${given} visits at 10:1`)
    expect(report).toContain(`rounding up gives ${given - before / 10} visits (${given * 10 - before} points)`)
    expect(report).toContain(
      `Outstanding before: ${before + 200} points. After: ${given + 10} visits, and 200 points that orders hold.`,
    )
  })

  it('bills what an order held, and brings what it earns in as visits', async () => {
    const { till } = brand()
    expect(await till.points(holding.id)).toBe(5 + 10)
    expect((await till.accepted(holding.id, 'billed', holding.order)).discount).toBe(5)
    expect(await till.points(holding.id)).toBe(5)
    await till.accepted(holding.id, 'completed', holding.order)
    // 15 points are one visit; the other 5 wait.
    expect(await till.points(holding.id)).toBe(6)
    await till.accepted(holding.id, 'refunded', holding.order)
    expect(await till.points(holding.id)).toBe(15)
  })

  it('gives a dropped hold back as visits', async () => {
    const { till } = brand()
    await till.accepted(voiding.id, 'voided', voiding.order)
    expect(await till.points(voiding.id)).toBe(15)
  })

  it('takes earned points back at the rate, in one refund or in many', async () => {
    const { till } = brand()
    expect(await till.points(earned.id)).toBe(10)
    for (const [n, left] of [10, 9, 9].entries()) {
      await till.accepted(earned.id, 'refunded', returning(earned.order, [{ ...dish, product: `Q${n}`, cost: 5 }]))
      expect(await till.points(earned.id)).toBe(left)
    }
  })

  it('gives spent points back at the rate, and takes what the order earned', async () => {
    const { till } = brand()
    expect(await till.points(spent.id)).toBe(7)
    await till.accepted(spent.id, 'refunded', spent.order)
    // 100 came back and 15 were taken: 85 points are 8 visits, and 5 wait.
    expect(await till.points(spent.id)).toBe(15)
  })

  it('shows the conversion in the history and in what an order moved', async () => {
    const { databaseUrl, accountId } = brand()
    const history = await regulars(['apply', '--history', accountId, '--database-url', databaseUrl])
    expect(history.stdout).toMatch(/^2 .* in force +points:visits=10:1$/m)
    const explained = await regulars(['explain', String(earned.order.id), '--database-url', databaseUrl])
    expect(explained.stdout + explained.stderr).toMatch(/exchange .*points: .* → converted.*visits: converted → available/)
  })

  it('says what would be right where a conversion is missing, wrong or not needed', async () => {
    const product = brand()
    const refused = async (program: ProgramFile, ...options: readonly string[]) => {
      const { code, stdout, stderr } = await regulars(await apply(product, program, ...options))
      expect(code, stdout + stderr).not.toBe(0)
      return stdout + stderr
    }
    expect(await refused(houseProgram())).toContain('--convert visits:points=1:10')
    const renamed = visitProgram({ program: { threshold: 999 } })
    expect(await refused(renamed, '--convert', 'visits:points=1:10')).toContain('Apply it without --convert')
  })

  it('goes back by the same way', async () => {
    const product = brand()
    const { till, databaseUrl, accountId } = product
    const back = ['apply', '--rollback', '1', '--account', accountId, '--yes', '--database-url', databaseUrl]
    expect((await regulars(back)).stdout).toContain('--convert visits:points=1:10')
    const done = await regulars([...back, '--convert', 'visits:points=1:10'])
    expect(done.code, done.stdout + done.stderr).toBe(0)
    for (const { id, points } of plain.slice(10)) expect(await till.points(id)).toBe(Math.ceil(points / 10) * 10)
    await expectCleanLedger(product)
  })
})
