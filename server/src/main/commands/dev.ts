import { type DevOptions, startDev } from '../dev.ts'
import { tour } from '../tour.ts'
import { endOnSignal, firstSignal } from './signals.ts'

export async function dev(options: DevOptions & { json?: boolean }): Promise<void> {
  const signal = firstSignal()
  const { ready, close } = await startDev(options)
  process.stdout.write(options.json ? `${JSON.stringify(ready, null, 2)}\n` : `${await tour(ready)}\n`)
  await endOnSignal(signal, close, (text) => process.stderr.write(`${text}\n`))
}
