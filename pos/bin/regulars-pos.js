#!/usr/bin/env node
// Runs from its TypeScript sources, as the loyalty server does (docs/decisions/0002).
import { register } from 'tsx/esm/api'

register()
await import('../src/server/main.ts')
