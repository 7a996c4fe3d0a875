import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{contract,engine,sdk,server,pos,test,bench}/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/.stryker/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
