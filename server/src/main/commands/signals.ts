/** SIGTERM or Ctrl-C, from the moment this is called: ask before anything is started, so that what is half started is ended in order too. */
export function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((signalled) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, signalled)
  })
}

/**
 * Lets a server or worker run until the signal. One that cannot open (its schema is newer than this code or may not be prepared, or the pooler does not fit) is closed, and
 * rejects with the reason.
 */
export async function runUntilSignal(
  signal: Promise<NodeJS.Signals>,
  runtime: { readonly opened: Promise<void>; close(): Promise<void> },
  say: (text: string) => void,
): Promise<void> {
  const ended = endOnSignal(signal, () => runtime.close(), say)
  try {
    await Promise.race([ended, runtime.opened.then(() => ended)])
  } catch (error) {
    await runtime.close()
    throw error
  }
}

/** Waits for the signal and ends in order; another one ends at once. The process exits 0 when everything in flight was finished. */
export async function endOnSignal(
  signal: Promise<NodeJS.Signals>,
  close: () => Promise<void>,
  say: (text: string) => void,
): Promise<void> {
  say(`${await signal}: finishing what is in flight`)
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(1))
  await close()
  process.exit(0)
}
