import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * The text of a file that only its owner may read; where there is none, what `make` returns is kept in it first. Of processes that come at once one
 * makes it and all read the same; what was returned survives a power cut, since data may be sealed with it a moment later.
 */
export async function readOrCreateSecret(file: string, make: () => string): Promise<string> {
  const present = await readSecret(file)
  if (present !== undefined) return present
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await writeDurably(draft, make())
    // A link, unlike a rename, does not replace what another process has put there meanwhile.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(file))
  return readFile(file, 'utf8')
}

/** Undefined where there is no such file. */
export async function readSecret(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
