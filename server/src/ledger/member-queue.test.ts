import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createMemberQueue } from './member-queue.ts'

/** A queue whose runs wait to be let go, one by one. */
function queueOf(run: (items: readonly string[]) => PromiseSettledResult<string>[], most = 3) {
  const begun: string[] = []
  const gates: (() => void)[] = []
  const push = createMemberQueue<string, string>({
    most,
    async run(items) {
      begun.push(items.join(''))
      await new Promise<void>((open) => gates.push(open))
      return run(items)
    },
  })
  const letGo = async () => {
    gates.shift()?.()
    await sleep(2)
  }
  return { push, begun, letGo }
}
const upper = (items: readonly string[]) =>
  items.map(
    (item): PromiseSettledResult<string> =>
      item === 'x' ? { status: 'rejected', reason: new Error('x is wrong') } : { status: 'fulfilled', value: item.toUpperCase() },
  )

it('takes whoever has waited along with the next, in their order, at most so many; others do not wait', async () => {
  const { push, begun, letGo } = queueOf(upper)
  const one = [...'abcdef'].map((item) => push('one', item))
  const other = push('other', 'z')
  expect(begun).toEqual(['a', 'z'])
  await letGo()
  expect(begun).toEqual(['a', 'z', 'bcd'])
  const late = push('one', 'g')
  for (let run = 0; run < 3; run++) await letGo()
  expect(begun).toEqual(['a', 'z', 'bcd', 'efg'])
  await letGo()
  expect(await Promise.all([...one, late, other])).toEqual([...'ABCDEFGZ'])
})

it('fails alone who is wrong, and all who went along when the run itself fails; the next go on', async () => {
  const { push, begun, letGo } = queueOf((items) => {
    if (items.includes('!')) throw new Error('the line is cut')
    return upper(items)
  })
  const said = [...'axbc!de'].map((item) => push('one', item))
  const settled = Promise.allSettled(said)
  for (let run = 0; run < 4; run++) await letGo()
  expect(begun).toEqual(['a', 'xbc', '!de'])
  const outcomes = (await settled).map((it) => (it.status === 'fulfilled' ? it.value : it.reason.message))
  const cut = 'the line is cut'
  expect(outcomes).toEqual(['A', 'x is wrong', 'B', 'C', cut, cut, cut])
  const after = push('one', 'f')
  await letGo()
  expect(await after).toBe('F')
})

it('runs within the call of whoever leads, so that what is measured there belongs to a call that is still there', async () => {
  const caller = new AsyncLocalStorage<string>()
  const seen: [string, string | undefined][] = []
  const push = createMemberQueue<string, string>({
    most: 2,
    async run(items) {
      await sleep(1)
      seen.push([items.join(''), caller.getStore()])
      return upper(items)
    },
  })
  await Promise.all([...'abcd'].map((item) => caller.run(`call ${item}`, () => push('one', item))))
  expect(seen).toEqual([
    ['a', 'call a'],
    ['bc', 'call b'],
    ['d', 'call d'],
  ])
})
