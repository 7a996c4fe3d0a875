import { readFileSync } from 'node:fs'

/** What a till on the SDK is started with. */
export interface SdkTill {
  readonly folder: string
  readonly credentialFile: string
  readonly accountId: string
  readonly ports: readonly [number, ...number[]]
  readonly members: readonly [string, ...string[]]
  readonly seed: number
}

/** A line of the payment provider. */
export interface Charged {
  readonly orderId: string
  readonly member: string
  readonly due: number
  /** The customer was given the reward's discount. */
  readonly reward: boolean
}

/** What the payment provider took, and the orders whose money it gave back, in the till's folder. */
export const CHARGES = 'charges.jsonl'
export const REFUNDS = 'refunds.jsonl'

/** The lines of a file that only ever grows; the last one may be half written. */
export function readLines<T>(file: string): T[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T)
}
