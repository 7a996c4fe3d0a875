import type { RuleTools } from '@regulars/engine'
import { readCondition } from './cel.ts'
import { readRecurrence } from './recurs.ts'

/** What the engine, which depends on nothing, is lent to compile a program with. */
export const RULE_TOOLS: RuleTools = { recurs: readRecurrence, cel: readCondition }
