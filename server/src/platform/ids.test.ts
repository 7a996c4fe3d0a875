import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { decimalId, newId, pooledBytes, type RandomBytes, receiptCode, requestId } from './ids.ts'

const NOW = Date.UTC(2026, 2, 1, 12)
const zeros: RandomBytes = (size) => new Uint8Array(size)
const ones: RandomBytes = (size) => new Uint8Array(size).fill(0xff)
const many = (make: () => string): string[] => Array.from({ length: 5_000 }, make)

it('newId: a UUID of version 7 that sorts by time and repeats when chance does', () => {
  expect(newId(0x0123456789ab, zeros)).toBe('01234567-89ab-7000-8000-000000000000')
  expect(newId(0x0123456789ab, ones)).toBe('01234567-89ab-7fff-bfff-ffffffffffff')
  expect(newId(NOW, ones) < newId(NOW + 1, zeros)).toBe(true)
  const ids = many(() => newId(NOW, randomBytes))
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

it('requestId: err_ and a ULID of 26 characters that sorts by time', () => {
  // The example of the ULID specification.
  expect(requestId(1_469_918_176_385, zeros)).toBe('err_01ARYZ6S410000000000000000')
  expect(requestId(NOW, ones) < requestId(NOW + 1, zeros)).toBe(true)
  for (const id of many(() => requestId(NOW, randomBytes))) expect(id).toMatch(/^err_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
})

it('decimalId: a positive number that clients can read as one', () => {
  for (const id of [decimalId(zeros), decimalId(ones), ...many(() => decimalId(randomBytes))]) {
    expect(id).toMatch(/^[1-9]\d{0,14}$/)
    expect(String(Number(id))).toBe(id)
  }
})

it('receiptCode: ten characters that are read one way only, each as likely as any other', () => {
  const letters = new Map<string, number>()
  for (let byte = 0; byte < 256; byte++) {
    const letter = receiptCode((size) => new Uint8Array(size).fill(byte)).charAt(0)
    letters.set(letter, (letters.get(letter) ?? 0) + 1)
  }
  expect([letters.size, new Set(letters.values())]).toEqual([32, new Set([8])])
  for (const code of many(() => receiptCode(randomBytes))) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{10}$/)
})

it('pooledBytes: hands every byte out once, in the sizes asked for, and fetches seldom', () => {
  let next = 0
  let fetches = 0
  const random = pooledBytes((size) => {
    fetches += 1
    return Uint8Array.from({ length: size }, () => next++ % 251)
  })
  const taken = [6, 10, 16, 5_000, 10, 4_090, 16].map(random)
  expect(taken.map(({ length }) => length)).toEqual([6, 10, 16, 5_000, 10, 4_090, 16])
  const starts = taken.map(([first]) => first)
  expect(new Set(starts).size).toBe(starts.length)
  taken[0]?.fill(0)
  expect(taken[1]?.[0]).toBe(6)
  expect(fetches).toBeLessThan(taken.length)
})
