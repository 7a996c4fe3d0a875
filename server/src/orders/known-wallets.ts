import type { Commit } from '../ledger/index.ts'
import type { LeftBehind } from './run.ts'
import type { LoadedCall, LoadedRun, RunToLoad } from './store.ts'

/**
 * What this server wrote last of members whose orders are under way. The next call of such an order is decided on it without a load; the commit looks whether
 * all that it rests on still is so, and where it is not, the call is loaded and decided as any other. So nothing here is ever believed, and a server that
 * knows nothing, or something old, answers as one that does (docs/decisions/0052).
 */
export interface KnownWallets {
  /** What a load would bring, where it is known, and what a commit rests on that goes by it. It is taken out: whoever commits puts back what is left. */
  take(run: RunToDecide): { loaded: LoadedRun; restsOn: readonly RestsOn[] } | undefined
  put(run: Pick<RunToLoad, 'accountId' | 'memberId'>, loaded: LoadedRun, left: LeftBehind): void
}

/** Calls of one member, with the version of each credential that its caller was authenticated by. */
interface RunToDecide extends RunToLoad {
  readonly calls: readonly (RunToLoad['calls'][number] & { readonly credentialVersion: number })[]
}

/** A row of `rests_on` in `commit_members`. */
interface RestsOn {
  readonly mark: string
  readonly clock_at: number | null
  readonly program_version: number
  readonly membership_row: string | null
  readonly credential_id: string
  readonly credential_version: number
}

interface Known {
  readonly loaded: LoadedRun
  readonly left: LeftBehind
}

/** `most`: members; the one that nothing was heard of for longest goes first. Each is a wallet with the orders of one call. */
export function createKnownWallets(most: number): KnownWallets {
  /**
   * Names stay when what they name is taken out, and go many at a time. A `Map` that is emptied and filled all the time is moved to a new table after every
   * few entries, and each old one leads to the next: once one has grown old, all that came after stays until the next full collection (docs/decisions/0054).
   */
  const known = new Map<string, Known | undefined>()
  /** Names that something is known of. */
  let count = 0
  return {
    take({ accountId, memberId, calls }) {
      const name = nameOf({ accountId, memberId })
      const it = known.get(name)
      if (!it) return undefined
      known.set(name, undefined)
      count -= 1
      const { left } = it
      const isKnown = calls.every(({ keys }) => keys.length > 0 && keys.every((key) => left.orders.has(key)))
      if (!isKnown) return undefined
      const { clockAt, programVersion, membershipRow } = it.loaded
      const credentials = new Map(calls.map((call) => [`${call.credentialId} ${call.credentialVersion}`, call]))
      return {
        loaded: {
          ...it.loaded,
          loaded: left.loaded,
          calls: calls.map((call) => ({ ...call, ...foundIn(left, call.keys) })),
        },
        restsOn: [...credentials.values()].map(({ credentialId, credentialVersion }) => ({
          ...{ mark: left.mark, clock_at: clockAt, program_version: programVersion, membership_row: membershipRow },
          ...{ credential_id: credentialId, credential_version: credentialVersion },
        })),
      }
    },

    put(run, loaded, left) {
      const name = nameOf(run)
      if (!known.get(name)) count += 1
      known.delete(name)
      known.set(name, { loaded, left })
      for (const [oldest, it] of known) {
        if (count <= most) break
        known.delete(oldest)
        if (it) count -= 1
      }
      if (known.size - count <= most) return
      for (const [name, it] of known) if (!it) known.delete(name)
    },
  }
}

const nameOf = ({ accountId, memberId }: Pick<RunToLoad, 'accountId' | 'memberId'>): string => `${accountId}/${memberId}`

function foundIn({ orders }: LeftBehind, keys: readonly string[]): Pick<LoadedCall, 'found' | 'closedLots'> {
  const found = keys.flatMap((key) => {
    const order = orders.get(key)
    return order ? [[key, order] as const] : []
  })
  return { found: new Map(found), closedLots: [] }
}

/** The commit of what was decided without a load. */
export function restingOn({ rows, ...commit }: Commit, restsOn: readonly RestsOn[]): Commit {
  return { ...commit, rows: { ...rows, rests_on: restsOn } }
}
