/**
 * Lets what is asked for at the same moment share one round trip: while a batch is under way, what comes in waits, and goes with the next one together;
 * or in another lane, once there are `enough` for a batch that is worth its cost. Whoever comes alone goes at once, so that nobody ever waits for company.
 *
 * `run` judges each item by itself, in their order: one that fails must not fail the others. What it throws fails them all.
 */
export function createBatches<Item, Result>({
  run,
  lanes,
  enough,
  most,
}: {
  run: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>
  /** Batches at once. */
  lanes: number
  /** Items that open another lane beside one that is busy. */
  enough: number
  /** Items in a batch. */
  most: number
}): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = []
  let running = 0
  let scheduled = false

  const mayStart = () => (running === 0 ? waiting.length > 0 : running < lanes && waiting.length >= enough)
  const start = () => {
    scheduled = false
    while (mayStart()) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      running += 1
      void carryOut(batch).finally(() => {
        running -= 1
        start()
      })
    }
  }

  async function carryOut(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(batch.map(({ item }) => item))
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index]
        if (result?.status === 'fulfilled') resolve(result.value)
        else reject(result ? result.reason : new Error('a batch has fewer results than items'))
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (scheduled || !mayStart()) return
      scheduled = true
      // What arrived in the same turn of the event loop goes together.
      setImmediate(start)
    })
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}
