import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_JSON_DEPTH, parseJson } from './json.ts'

const read = (text: string) => parseJson(new TextEncoder().encode(text))
const fails = (text: string) => {
  const outcome = read(text)
  return outcome.ok ? 'accepted' : outcome.refusal
}

/** As JSON.parse takes it, without what only we refuse. */
const anyValue = fc
  .jsonValue({ noUnicodeString: false })
  .filter((value) => !/\\u0000|__proto__|prototype|\\ud[89a-f]/.test(JSON.stringify(value)))

describe('parseJson', () => {
  it('reads what JSON.parse reads, written with or without blanks', () => {
    fc.assert(
      fc.property(anyValue, fc.constantFrom(0, 1, 2, '\t', '\r\n'), (value, space) => {
        const text = JSON.stringify(value, null, space === '\r\n' ? 1 : space)
        expect(read(space === '\r\n' ? text.replaceAll('\n', '\r\n') : text)).toEqual({ ok: true, value: JSON.parse(text) })
      }),
    )
  })

  it('refuses every text that JSON.parse refuses, and throws for none', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '"b"',
      '1',
      '-',
      '.5',
      'e',
      'true',
      'nul',
      ' ',
      '\n',
      '\\u00',
      '"\\n"',
      '\u0001',
      'é',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        const outcome = read(text)
        let parses = true
        try {
          JSON.parse(text)
        } catch {
          parses = false
        }
        if (outcome.ok) expect(parses).toBe(true)
        else if (outcome.refusal.error === 'malformed_json') expect(parses).toBe(false)
        else expect(outcome.refusal.error).toBe('duplicate_key')
      }),
      { numRuns: 5_000 },
    )
  })

  it('answers for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void parseJson(bytes)))
  })

  it.each([
    ['', 'the body is empty', 1, 1],
    [' \n ', 'the body is empty', 2, 2],
    ['{"a":1,}', 'a key in double quotes was expected, but "}" found', 1, 8],
    ['{"a":\n  tru}', 'a value was expected, but "t" found', 2, 3],
    ['{"a":1', 'it ends where a comma or } was expected', 1, 7],
    ['{"a":"b', 'it ends inside a text', 1, 8],
    ['[1 2]', 'a comma or ] was expected, but "2" found', 1, 4],
    ['{"a" 1}', 'a colon after the key was expected, but "1" found', 1, 6],
    ['{} {}', 'the end of the body was expected, but "{" found', 1, 4],
    ['01', 'the end of the body was expected, but "1" found', 1, 2],
    ["{'a':1}", 'a key in double quotes was expected, but "\'" found', 1, 2],
    ['["\\x"]', 'this text has a backslash that starts no escape', 1, 2],
    ['["a\tb"]', 'a control character stands inside a text; write it as an escape', 1, 4],
  ])('says what is wrong with %j and where', (text, problem, line, column) => {
    expect(fails(text)).toEqual({ error: 'malformed_json', facts: { problem, line, column } })
  })

  it.each([
    ['{"a":1,"a":1}', 'duplicate_key', 'a'],
    ['{"a":1,"\\u0061":2}', 'duplicate_key', 'a'],
    ['{"basket":{"posEntries":[{},{"posItem":{"cost":1,"cost":2}}]}}', 'duplicate_key', 'basket.posEntries[1].posItem.cost'],
    ['{"__proto__":{}}', 'forbidden_key', '__proto__'],
    ['{"a":[{"\\u005f_proto__":1}]}', 'forbidden_key', 'a[0].__proto__'],
    ['{"constructor":{"prototype":{}}}', 'forbidden_key', 'constructor.prototype'],
    ['{"a":["x","\\u0000"]}', 'forbidden_character', 'a[1]'],
    ['{"a":"\\ud83d"}', 'forbidden_character', 'a'],
    ['{"a":"\\ude00\\ud83d"}', 'forbidden_character', 'a'],
  ])('refuses %s by its path', (text, error, path) => {
    expect(fails(text)).toMatchObject({ error, facts: { path } })
  })

  it.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    '{"constructor":1,"prototype":2}',
    '["\\ud83d\\ude00", "\\"\\\\"]',
    '\ufeff{"a":1}',
  ])('takes %s', (text) => {
    expect(read(text).ok).toBe(true)
  })

  it('judges what it knows at first sight as the scan does, which every escape asks for', () => {
    const key = fc.constantFrom('a', 'b', ':', 'constructor', 'prototype', '__proto__')
    const space = fc.constantFrom('', ' ')
    // Texts with keys twice, colons within and without, and forbidden keys at every depth.
    const { text } = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('1', 'null', '":"', '"a:b"', '"é"', '""'),
        fc
          .array(fc.tuple(key, space, space, tie('text')), { maxLength: 3 })
          .map((fields) => `{${fields.map(([name, before, after, value]) => `"${name}"${before}:${after}${value}`).join(',')}}`),
        fc.array(tie('text'), { maxLength: 3 }).map((values) => `[${values.join(', ')}]`),
      ),
    }))
    let plain = 0
    fc.assert(
      fc.property(text, (inner) => {
        const atFirstSight = read(`{"v":${inner}}`)
        const scanned = read(`{"v":${inner},"\\u0065":0}`)
        expect(scanned.ok).toBe(atFirstSight.ok)
        if (atFirstSight.ok && scanned.ok) {
          plain += 1
          expect(scanned.value).toEqual({ ...(atFirstSight.value as object), e: 0 })
        } else expect(scanned).toEqual(atFirstSight)
      }),
      { numRuns: 500 },
    )
    expect(plain).toBeGreaterThan(50)
    expect(plain).toBeLessThan(450)
  })

  it('refuses bytes that are no UTF-8', () => {
    expect(parseJson(new Uint8Array([0x22, 0xff, 0x22]))).toEqual({ ok: false, refusal: { error: 'invalid_utf8', facts: {} } })
    expect(parseJson(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]))).toMatchObject({ ok: false })
  })

  it('takes a hundred levels and no more, however many come', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(read(nested(MAX_JSON_DEPTH)).ok).toBe(true)
    expect(fails(nested(MAX_JSON_DEPTH + 1))).toMatchObject({ error: 'body_too_deep' })
    expect(fails('['.repeat(1_000_000))).toMatchObject({ error: 'body_too_deep' })
  })

  it('costs a small multiple of JSON.parse, also for a text of escapes', () => {
    const escapes = new TextEncoder().encode(JSON.stringify({ a: '\n'.repeat(120_000), b: '"'.repeat(20_000) }))
    const start = performance.now()
    expect(parseJson(escapes).ok).toBe(true)
    expect(performance.now() - start).toBeLessThan(500)
  })
})
