import { createRequire } from 'node:module'

/** This server's version, as its package says. */
export const VERSION: string = (createRequire(import.meta.url)('../../package.json') as { version: string }).version
