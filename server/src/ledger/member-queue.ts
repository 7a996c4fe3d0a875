/**
 * Lets calls for one member go one after the other, and calls for different members at once: they would lose to each other in the database anyway, and
 * here they wait without a connection. It is a courtesy, not a guarantee: the wallet's version is what keeps two servers apart.
 */
export function createMemberQueue(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = tails.get(key)
    const mine = before ? before.then(work, work) : work()
    tails.set(key, mine)
    try {
      return await mine
    } finally {
      if (tails.get(key) === mine) tails.delete(key)
    }
  }
}
