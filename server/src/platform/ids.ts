/** Where chance comes from: `node:crypto`'s randomBytes in the product, anything repeatable in a test. */
export type RandomBytes = (size: number) => Uint8Array

/** Fetched at once, for the system call costs as much as a kilobyte. */
const POOL_BYTES = 4_096

/** The same bytes as `fetch` gives, each handed out once. */
export function pooledBytes(fetch: RandomBytes): RandomBytes {
  let pool: Uint8Array = new Uint8Array()
  return (size) => {
    if (size > pool.length) pool = fetch(Math.max(size, POOL_BYTES))
    const bytes = pool.subarray(0, size)
    pool = pool.subarray(size)
    return bytes
  }
}

/** A UUID of version 7: ordered by time, so that rows written together lie together. */
export function newId(now: number, random: RandomBytes): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes.set(random(10), 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Crockford's base 32: no letter that is read as a digit. */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The id of a request: `err_` and a ULID, as clients of the reference know it. */
export function requestId(now: number, random: RandomBytes): string {
  let time = ''
  for (let left = now, place = 0; place < 10; place++) {
    time = CROCKFORD.charAt(left % 32) + time
    left = Math.floor(left / 32)
  }
  return `err_${time}${crockford(random(16))}`
}

/** A decimal id of 48 random bits, at most 15 digits, so that clients which read it as a number keep it whole; the reference's ids are decimal too. */
export function decimalId(random: RandomBytes): string {
  return String(1_000_000 + Buffer.from(random(6)).readUIntBE(0, 6))
}

/** What a guest's receipt carries to be claimed by: 10 characters, 50 bits. */
export const receiptCode = (random: RandomBytes): string => crockford(random(10))

function crockford(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += CROCKFORD.charAt(byte % 32)
  return text
}
