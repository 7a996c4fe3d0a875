import { rename, writeFile } from 'node:fs/promises'

/** Never half there for whoever waits for it. */
export async function writeReadyFile(file: string, facts: Readonly<Record<string, string | undefined>>): Promise<void> {
  await writeFile(`${file}.draft`, `${JSON.stringify(facts, null, 2)}\n`)
  await rename(`${file}.draft`, file)
}
