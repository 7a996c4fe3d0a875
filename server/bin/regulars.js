#!/usr/bin/env node
// The command runs from its TypeScript sources: no build step stands between an edit and a run (docs/decisions/0002).
import { register } from 'tsx/esm/api'

register()
await import('../src/main/cli.ts')
