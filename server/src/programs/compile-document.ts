import { compileProgram, type Program, type ProgramDocument } from '@regulars/engine'
import { FIRST_REWARD_ID } from './apply-program.ts'
import { RULE_TOOLS } from './rule-tools.ts'

/** A checked file as a program that is not applied: its rewards have the numbers that a new account would give them. */
export function compileDocument(document: ProgramDocument): Program {
  const keys = Object.keys(document.rewards ?? {})
  return compileProgram(document, Object.fromEntries(keys.map((key, index) => [key, FIRST_REWARD_ID + index])), RULE_TOOLS)
}
