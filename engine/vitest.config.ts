import { configDefaults, defineConfig } from 'vitest/config'

/**
 * The engine alone, for `npm run mutate`, which runs it thousands of times: without the tests that take seconds and count what they reached, which must not be
 * cut short. They can only kill more.
 */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'src/order/{histories,partition}.test.ts', 'src/rules/properties.test.ts'],
    setupFiles: ['fixed-seed.ts'],
    pool: 'threads',
    maxWorkers: 1,
  },
})
