import { defineConfig } from 'vitest/config'

/** The engine alone, with the same random cases in every run: what `npm run mutate` runs thousands of times. */
export default defineConfig({
  test: { include: ['src/**/*.test.ts'], setupFiles: ['fixed-seed.ts'], pool: 'threads', maxWorkers: 1 },
})
