import { readFileSync } from 'node:fs'
import { PROGRAM_FILE_SCHEMA } from '@regulars/contract'
import { compileProgram } from '@regulars/engine'
import fc from 'fast-check'
import { Check } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { checkShape, type Schema } from './check-shape.ts'
import { readProgramFile } from './read-program-file.ts'

const EXAMPLE = readFileSync(new URL('../../../examples/taste-of-the-world/program.yaml', import.meta.url), 'utf8')
const read = (text: string) => readProgramFile(text, 'brand.yaml')
const problems = (text: string) => {
  const outcome = read(text)
  return outcome.ok ? [] : outcome.problems
}

describe('whatever the text', () => {
  it('never throws, and points into the file', () => {
    const pieces = fc.constantFrom(
      'account',
      ':',
      ' ',
      '\n',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&a',
      '*a',
      '!!',
      '|',
      '>',
      '%',
      '@',
      '\t',
      '---',
      '<<',
      '__proto__',
      '1e999',
      '~',
    )
    const garbage = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 40 }).map((list) => list.join('')),
    )
    fc.assert(
      fc.property(garbage, (text) => {
        for (const problem of problems(text)) expect(problem.line).toBeLessThanOrEqual(text.split('\n').length + 1)
      }),
      { numRuns: 500 },
    )
  })

  it('never throws for an example with a piece cut out or put in', () => {
    fc.assert(
      fc.property(fc.nat(EXAMPLE.length), fc.nat(40), fc.string({ maxLength: 8 }), (start, length, put) => {
        const outcome = read(EXAMPLE.slice(0, start) + put + EXAMPLE.slice(start + length))
        if (outcome.ok)
          compileProgram(
            outcome.document,
            Object.fromEntries(Object.keys(outcome.document.rewards ?? {}).map((key, id) => [key, id])),
          )
      }),
      { numRuns: 400 },
    )
  })

  it('never throws for a document of wrong values', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(read(text).ok).toBe(false)
      }),
    )
  })

  it.each([
    ['deep brackets', '['.repeat(50_000)],
    ['deep lists', '- '.repeat(50_000)],
    ['deep keys', 'a: '.repeat(50_000)],
    ['deep maps whose keys look like their ends', '{"]":'.repeat(50_000)],
    [
      'aliases that unfold without end',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[i]}`)}]`)
        .join('\n')}`,
    ],
    ['an alias to itself', 'a: &a [*a]'],
    ['a prototype', '__proto__: { account: 1 }'],
    ['a large file', ' '.repeat(4_000_001)],
    ['nothing but a NUL', '\0'],
  ])('refuses %s', (_, text) => {
    expect(read(text).ok).toBe(false)
  })
})

it('the shape check accepts what the published schema accepts, and nothing else', () => {
  const outcome = read(EXAMPLE)
  if (!outcome.ok) throw new Error('the example is valid')
  const schema = PROGRAM_FILE_SCHEMA as unknown as Schema
  const values = fc.oneof(
    fc.constantFrom('5.00', 'points', 'tue', '30 days', '2026-12-31', 0, 1, -1, 1.5, true, false, null),
    fc.json().map((text) => JSON.parse(text) as unknown),
  )
  const unwritable = { toString: '' } // has no text: String() of it throws
  fc.assert(
    fc.property(fc.nat(), fc.oneof({ weight: 9, arbitrary: values }, fc.constant(unwritable)), (place, value) => {
      const document = structuredClone(outcome.document) as unknown
      const spots = placesOf(document)
      const spot = spots[place % spots.length]
      if (spot) spot.holder[spot.key] = value
      expect(checkShape(schema, document).length === 0).toBe(Check(PROGRAM_FILE_SCHEMA, document))
    }),
    { numRuns: 500 },
  )
})

type Holder = Record<string | number, unknown>

function placesOf(value: unknown): { holder: Holder; key: string }[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Holder
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key])])
}
