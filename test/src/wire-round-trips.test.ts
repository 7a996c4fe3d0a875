import { expect, it } from 'vitest'
import { type Cart, redeeming, sale } from './cart.ts'
import type { Status } from './client.ts'
import { useProduct } from './product.ts'
import { houseProgram, R5 } from './programs.ts'
import { useServedThroughProxy } from './served-through-proxy.ts'

/** One to load and one to commit. */
const ROUND_TRIPS_MAX = 2
/** What goes on with an order whose last step this server has written is not loaded (decision 52). */
const GOES_ON: readonly string[] = ['placed', 'billed', 'completed']
/** Enough that a background task of the server, which shares the line, cannot decide a median. */
const SAMPLES = 9

const house = useProduct(houseProgram())
const served = useServedThroughProxy(house)

it('the counter counts: reading a balance takes at least one round trip', async () => {
  const { proxy, till } = served()
  const member = await till.newMember()
  const before = proxy.roundTrips()
  await till.points(member)
  expect(proxy.roundTrips()).toBeGreaterThan(before)
})

it('an uncontended order call takes two database round trips at most, at every status, and one where it goes on with an order', async () => {
  const workflow: readonly (readonly Status[])[] = [
    ['checkout', 'placed', 'billed', 'completed', 'refunded'],
    ['placed', 'billed', 'voided'],
    ['completed'],
  ]
  await measure(workflow)
  const taken = await measure(workflow)
  const medians = Object.fromEntries([...taken].map(([call, counts]) => [call, median(counts)]))
  for (const [call, trips] of Object.entries(medians)) {
    const [first = '', status = ''] = [call.split(' ')[0], call.split(': ')[1]]
    const most = status !== first && GOES_ON.includes(status) ? 1 : ROUND_TRIPS_MAX
    expect(trips, `${call}: ${JSON.stringify(medians)}`).toBeLessThanOrEqual(most)
    expect(trips, `${call}: ${JSON.stringify(medians)}`).toBeGreaterThan(0)
  }
})

/** How many round trips each call of each workflow took, once for each sample, with a reward on it and without. */
async function measure(workflows: readonly (readonly Status[])[]): Promise<Map<string, number[]>> {
  const { till } = served()
  const taken = new Map<string, number[]>()
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    for (const statuses of workflows) {
      const member = await till.newMember()
      await till.accepted(member, 'completed', sale(100))
      const rewarded = redeeming(sale(20), await till.rewardId(member, R5), 5)
      for (const [kind, order] of [
        ['plain', sale(20)],
        ['with a reward', rewarded],
      ] as const) {
        for (const status of statuses) {
          const name = `${statuses.join(' ')} (${kind}): ${status}`
          taken.set(name, [...(taken.get(name) ?? []), await tripsOf(member, status, order)])
        }
      }
    }
  }
  return taken
}

async function tripsOf(member: string, status: Status, order: Cart): Promise<number> {
  const { proxy, till } = served()
  const before = proxy.roundTrips()
  await till.accepted(member, status, order)
  return proxy.roundTrips() - before
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
