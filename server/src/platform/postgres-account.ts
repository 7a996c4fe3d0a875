import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** An account that PostgreSQL may run as: it refuses root. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/**
 * Null where the process itself may run PostgreSQL. As root: the owner of the cluster that is there, else the first of `postgres` and `nobody` that
 * exists (initdb wants an account with a name).
 * @throws when the cluster belongs to another user, or root has nobody to run it as.
 */
export async function postgresAccount(data: string): Promise<Account | null> {
  const own = process.getuid?.()
  const cluster = await stat(data).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  const accounts = await readAccounts()
  if (own !== 0) {
    if (cluster && own !== undefined && cluster.uid !== own) {
      const owner = accounts.find(({ uid }) => uid === cluster.uid)?.name ?? `uid ${cluster.uid}`
      throw new Error(`${data} belongs to ${owner}: start as that user or as root, or with another --data-dir`)
    }
    return null
  }
  if (cluster && cluster.uid !== 0) {
    return accounts.find(({ uid }) => uid === cluster.uid) ?? { name: `uid ${cluster.uid}`, uid: cluster.uid, gid: cluster.gid }
  }
  const account = ['postgres', 'nobody'].map((name) => accounts.find((found) => found.name === name)).find(Boolean)
  if (account) return account
  throw new Error(
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody: set DATABASE_URL, or start as another user',
  )
}

async function readAccounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

/** Whether an account can walk to a file: everything on the way lets others through. */
export async function isReachable(path: string, account: Account | null): Promise<boolean> {
  if (!account) return true
  for (let step = path; ; step = dirname(step)) {
    const { mode, uid } = await stat(step)
    if (uid !== account.uid && (mode & 0o001) === 0) return false
    if (step === dirname(step)) return true
  }
}
