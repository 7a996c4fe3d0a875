#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=12 --heap-growing-percent=40 --no-allocation-site-pretenuring
// These keep a server's memory at half of what Node would take (docs/decisions/0055); whoever starts this file by `node` itself gives them too.
//
// The command runs from its TypeScript sources: no build step stands between an edit and a run (docs/decisions/0002). A Node that reads them itself
// (22.18 and later) is left to it: that saves half of the start, and 27 MB.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// What was read once is read no more: another 20 MB. A folder that cannot be written to is left as it is.
module.enableCompileCache?.(fileURLToPath(new URL('../.compile-cache', import.meta.url)))
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api')
  register()
}
await import('../src/main/cli.ts')
