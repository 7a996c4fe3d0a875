/**
 * Lets what is asked for one member go one after the other, and for different members at once: they would lose to each other in the database anyway, and
 * here they wait without a connection. Whoever comes while another is served goes along with the next: `run` gets them together, in the order they came,
 * within the call of the first one. It is a courtesy, not a guarantee: the wallet's version is what keeps two servers apart.
 *
 * `run` judges each item by itself; what it throws fails them all.
 */
export function createMemberQueue<Item, Result>({
  run,
  most,
}: {
  run: (items: readonly [Item, ...Item[]]) => Promise<readonly PromiseSettledResult<Result>[]>
  /** Items that go together. */
  most: number
}): (key: string, item: Item) => Promise<Result> {
  const queues = new Map<string, Waiting<Item, Result>[]>()

  /** Whoever has waited longest leads the others that have. */
  function passOn(key: string): void {
    const queue = queues.get(key)
    const leader = queue?.shift()
    if (queue && leader) leader.settle({ followers: queue.splice(0, most - 1) })
    else queues.delete(key)
  }

  async function lead(key: string, item: Item, followers: readonly Waiting<Item, Result>[]): Promise<Result> {
    try {
      const [own, ...others] = await run([item, ...followers.map((follower) => follower.item)])
      for (const [index, { settle }] of followers.entries()) settle({ result: others[index] ?? MISSING })
      return unwrap(own ?? MISSING)
    } catch (reason) {
      for (const { settle } of followers) settle({ result: { status: 'rejected', reason } })
      throw reason
    } finally {
      passOn(key)
    }
  }

  return async (key, item) => {
    const queue = queues.get(key)
    if (!queue) {
      queues.set(key, [])
      return lead(key, item, [])
    }
    const turn = await new Promise<Turn<Item, Result>>((settle) => queue.push({ item, settle }))
    return 'result' in turn ? unwrap(turn.result) : lead(key, item, turn.followers)
  }
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly settle: (turn: Turn<Item, Result>) => void
}

type Turn<Item, Result> =
  | { readonly result: PromiseSettledResult<Result> }
  | { readonly followers: readonly Waiting<Item, Result>[] }

const MISSING: PromiseRejectedResult = { status: 'rejected', reason: new Error('a run has fewer results than items') }

function unwrap<Result>(result: PromiseSettledResult<Result>): Result {
  if (result.status === 'rejected') throw result.reason
  return result.value
}
