import { createHash } from 'node:crypto'

/** A number in [0, 1) that depends on the seed and the name alone, so that one decision never shifts another. */
export function draw(seed: number, name: string): number {
  return digest(`${seed}:${name}`).readUIntBE(0, 6) / 2 ** 48
}

/** A whole number in [0, count). */
export function drawIndex(seed: number, name: string, count: number): number {
  return Math.floor(draw(seed, name) * count)
}

/** One of several outcomes, each with its probability in 1; what is left over is `rest`. */
export function drawOne<T extends string>(seed: number, name: string, chances: readonly (readonly [T, number])[], rest: T): T {
  let left = draw(seed, name)
  for (const [outcome, chance] of chances) {
    if (left < chance) return outcome
    left -= chance
  }
  return rest
}

/** A UUID that is always the same for the same text. */
export function uuidOf(text: string): string {
  const hex = digest(text).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
