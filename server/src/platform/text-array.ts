/** The OID of PostgreSQL's `text`. */
const TEXT = 25
const HEAD_BYTES = 20
const NULL_LENGTH = -1

/**
 * Texts as a `text[]` parameter in PostgreSQL's binary format: the bytes as they are, where the array's text format would put a backslash before each
 * quote and read every character again on the other side.
 */
export function textArray(texts: readonly (string | null)[]): Buffer {
  const lengths = texts.map((text) => (text === null ? NULL_LENGTH : Buffer.byteLength(text)))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), HEAD_BYTES))
  // One dimension, whether there are nulls, what it is made of, how many, and the first one's number.
  const head = [1, texts.includes(null) ? 1 : 0, TEXT, texts.length, 1]
  let at = 0
  for (const field of head) at = bytes.writeInt32BE(field, at)
  texts.forEach((text, index) => {
    at = bytes.writeInt32BE(lengths[index] ?? NULL_LENGTH, at)
    if (text !== null) at += bytes.write(text, at)
  })
  return bytes
}
