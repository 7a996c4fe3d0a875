import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createGate } from './gate.ts'

const now = () => performance.now()

it('lets so many in at once, and the next one when somebody leaves, in the order in which they came', async () => {
  const gate = createGate({ inWorkMax: 2, waitMaxMs: 5_000, now })
  expect([await gate.enter(), await gate.enter()]).toEqual([true, true])
  const order: string[] = []
  const third = gate.enter().then((admitted) => order.push(`third ${admitted}`))
  const fourth = gate.enter().then((admitted) => order.push(`fourth ${admitted}`))
  await sleep(20)
  expect([order, gate.load()]).toEqual([[], { inWork: 2, waiting: 2 }])
  gate.leave()
  await third
  expect(order).toEqual(['third true'])
  gate.leave()
  await fourth
  gate.leave()
  gate.leave()
  expect([order, gate.load()]).toEqual([['third true', 'fourth true'], { inWork: 0, waiting: 0 }])
})

it('turns away who waited too long, although nobody leaves, and is open again at once', async () => {
  const gate = createGate({ inWorkMax: 1, waitMaxMs: 50, burstMs: 50, now })
  await gate.enter()
  const start = now()
  expect(gate.isFull()).toBe(false)
  const waiting = Promise.all([gate.enter(), gate.enter()])
  expect(gate.isFull()).toBe(false)
  await sleep(45)
  expect(gate.isFull()).toBe(true)
  expect(await waiting).toEqual([false, false])
  expect(now() - start).toBeGreaterThan(48)
  expect([gate.isFull(), gate.load()]).toEqual([false, { inWork: 1, waiting: 0 }])
  const later = gate.enter()
  gate.leave()
  expect(await later).toBe(true)
  gate.leave()
  expect(await gate.enter()).toBe(true)
})

it('works off a burst whole, however long its last one waits within reason', async () => {
  const gate = createGate({ inWorkMax: 1, waitMaxMs: 20, burstMs: 2_000, now })
  const admitted = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const mine = await gate.enter()
      await sleep(2)
      if (mine) gate.leave()
      return mine
    }),
  )
  expect(admitted.every((mine) => mine)).toBe(true)
})

it('under three times what it can do works all the time, on those who need not wait long', async () => {
  const gate = createGate({ inWorkMax: 4, waitMaxMs: 40, burstMs: 100, now })
  const waits: number[] = []
  let refused = 0
  const call = async () => {
    const start = now()
    if (gate.isFull() || !(await gate.enter())) {
      refused += 1
      return
    }
    waits.push(now() - start)
    await sleep(5)
    gate.leave()
  }
  const calls: Promise<void>[] = []
  // 4 at once for 5 ms each: about 700 a second; offered are 2,400. The first of it counts as a burst.
  for (let tick = 0; tick < 140; tick++) {
    if (tick === 40) waits.length = 0
    for (let i = 0; i < 12; i++) calls.push(call())
    await sleep(5)
  }
  await Promise.all(calls)
  expect(refused).toBeGreaterThan(100)
  expect(waits.length).toBeGreaterThan(150)
  expect(waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.95)]).toBeLessThan(80)
  expect(gate.load()).toEqual({ inWork: 0, waiting: 0 })
})
