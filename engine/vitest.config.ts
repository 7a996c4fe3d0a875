import { configDefaults, defineConfig } from 'vitest/config'

/** Properties that take the most of a run: each change of the code would ask them again, for half a second. */
const SLOW = [
  'the parts of every cart sum',
  'agrees with a second, simpler',
  'the index of campaigns leaves out',
  'shares sum to the discount',
  'what is explained adds up',
  'the order and the splitting of lines',
  'agrees with the plainest way',
  'the wall clock agrees with',
  'the end of a day is the first',
]

/**
 * The engine alone, for `npm run mutate`, which runs it thousands of times: without the tests that take seconds and count what they reached, which must not be
 * cut short, and without the slow properties. They can only kill more.
 */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'src/order/{histories,partition}.test.ts', 'src/rules/properties.test.ts'],
    testNamePattern: new RegExp(`^(?!.*(${SLOW.join('|')}))`),
    setupFiles: ['fixed-seed.ts'],
    pool: 'threads',
    maxWorkers: 1,
  },
})
