import { configDefaults, defineConfig } from 'vitest/config'

/** The engine alone, for `npm run mutate`, which runs it thousands of times: without the one test that takes seconds and must not be cut short. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'src/order/histories.test.ts'],
    setupFiles: ['fixed-seed.ts'],
    pool: 'threads',
    maxWorkers: 1,
  },
})
