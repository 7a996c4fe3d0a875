/**
 * Waits for SIGTERM or Ctrl-C and ends in order; a second signal ends at once. The process exits 0 when everything in flight was finished.
 */
export async function runUntilSignal(close: () => Promise<void>, say: (text: string) => void = () => undefined): Promise<void> {
  const signal = await new Promise<NodeJS.Signals>((signalled) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, signalled)
  })
  say(`${signal}: finishing what is in flight`)
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(1))
  await close()
  process.exit(0)
}
