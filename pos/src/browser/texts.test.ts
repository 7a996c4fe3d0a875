import { expect, it } from 'vitest'
import { texts } from '../../web/src/ordering/texts.ts'

const gaps = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()

it.each(Object.entries(texts))('%s is said in both languages, with the same values in it', (_, { en, es }) => {
  expect(en.trim()).not.toBe('')
  expect(es.trim()).not.toBe('')
  expect(gaps(es)).toEqual(gaps(en))
})
