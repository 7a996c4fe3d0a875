import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createBatches } from './batches.ts'

const fulfilled = <T>(value: T): PromiseSettledResult<T> => ({ status: 'fulfilled', value })

it('sends what comes in one turn together, and what comes meanwhile with the next batch', async () => {
  const sent: number[][] = []
  const gates: (() => void)[] = []
  const double = createBatches<number, number>({
    lanes: 1,
    enough: 1,
    most: 3,
    async run(items) {
      sent.push([...items])
      await new Promise<void>((open) => gates.push(open))
      return items.map((item) => fulfilled(item * 2))
    },
  })
  const first = [1, 2].map(double)
  await sleep(5)
  const later = [3, 4, 5, 6].map(double)
  await sleep(5)
  expect(sent).toEqual([[1, 2]])
  for (let batch = 0; batch < 3; batch++) {
    gates[batch]?.()
    await sleep(5)
  }
  expect(await Promise.all([...first, ...later])).toEqual([2, 4, 6, 8, 10, 12])
  expect(sent).toEqual([[1, 2], [3, 4, 5], [6]])
})

it('runs no more batches at once than there are lanes', async () => {
  let now = 0
  let most = 0
  const wait = createBatches<number, undefined>({
    lanes: 2,
    enough: 1,
    most: 1,
    async run(items) {
      now += 1
      most = Math.max(most, now)
      await sleep(2)
      now -= 1
      return items.map(() => fulfilled(undefined))
    },
  })
  await Promise.all(Array.from({ length: 9 }, (_, index) => wait(index)))
  expect(most).toBe(2)
})

it('opens a second lane only for a batch that is worth it', async () => {
  const sent: number[] = []
  const wait = createBatches<number, undefined>({
    lanes: 2,
    enough: 3,
    most: 10,
    async run(items) {
      sent.push(items.length)
      await sleep(50)
      return items.map(() => fulfilled(undefined))
    },
  })
  const first = wait(1)
  await sleep(5)
  const pair = [2, 3].map(wait)
  await sleep(5)
  expect(sent).toEqual([1])
  const third = wait(4)
  await sleep(5)
  expect(sent).toEqual([1, 3])
  await Promise.all([first, ...pair, third])
})

it('fails the one that failed, and all where the batch itself failed; the next batch is not concerned', async () => {
  const odd = createBatches<number, number>({
    lanes: 1,
    enough: 1,
    most: 10,
    async run(items) {
      if (items.includes(13)) throw new Error('away')
      return items.map((item) =>
        item % 2 === 1 ? fulfilled(item) : { status: 'rejected', reason: new Error(`${item} is even`) },
      )
    },
  })
  const settled = await Promise.allSettled([1, 2, 3].map(odd))
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((await Promise.allSettled([1, 13].map(odd))).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await odd(5)).toBe(5)
})
