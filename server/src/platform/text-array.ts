/** The OID of PostgreSQL's `text`. */
const TEXT = 25
const HEAD_BYTES = 20

/**
 * Texts as a `text[]` parameter in PostgreSQL's binary format: the bytes as they are, where the array's text format would put a backslash before each
 * quote and read every character again on the other side.
 */
export function textArray(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, HEAD_BYTES))
  // One dimension, no nulls, what it is made of, how many, and the first one's number.
  const head = [1, 0, TEXT, texts.length, 1]
  let at = 0
  for (const field of head) at = bytes.writeInt32BE(field, at)
  texts.forEach((text, index) => {
    at = bytes.writeInt32BE(lengths[index] ?? 0, at)
    at += bytes.write(text, at)
  })
  return bytes
}
