#!/usr/bin/env node
// The command runs from its TypeScript sources: no build step stands between an edit and a run (docs/decisions/0002). A Node that reads them itself
// (22.18 and later) is left to it: that saves half of the start, and 27 MB.
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api')
  register()
}
await import('../src/main/cli.ts')
