/** The OID of PostgreSQL's `text`. */
const TEXT = 25
const HEAD_BYTES = 20

/** The length that says null. */
const NULL = -1

/**
 * Texts as a `text[]` parameter in PostgreSQL's binary format: the bytes as they are, where the array's text format would put a backslash before each
 * quote and read every character again on the other side. Undefined is null.
 */
export function textArray(texts: readonly (string | undefined)[]): Buffer {
  const lengths = texts.map((text) => (text === undefined ? NULL : Buffer.byteLength(text)))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), HEAD_BYTES))
  // One dimension, whether there are nulls, what it is made of, how many, and the first one's number.
  const head = [1, lengths.includes(NULL) ? 1 : 0, TEXT, texts.length, 1]
  let at = 0
  for (const field of head) at = bytes.writeInt32BE(field, at)
  texts.forEach((text, index) => {
    at = bytes.writeInt32BE(lengths[index] ?? NULL, at)
    if (text !== undefined) at += bytes.write(text, at)
  })
  return bytes
}
