import { type Outcome, parseInstant, parseJson, refuse } from '@regulars/contract'
import type { Program } from '@regulars/engine'
import { decideWhatIf, readSnapshot, type WhatIfView } from '../orders/index.ts'
import { compileDocument, findCurrentVersion, readBudgets, readProgramFile } from '../programs/index.ts'
import type { Branch } from './context.ts'

/**
 * `POST /admin/v1/simulate`: what one basket would come to under a program that is sent, or the one in force. Nothing is stored.
 * @param now the environment's time, for a body that names none.
 */
export async function simulateBasket(
  branch: Branch,
  body: Uint8Array,
  now: number,
): Promise<Outcome<WhatIfView & { program_version: number | null }>> {
  const json = parseJson(body)
  if (!json.ok) return json
  const { account, program, basket, member = {}, at } = Object(json.value) as Partial<Record<string, unknown>>
  if (typeof basket !== 'object' || basket === null)
    return refuse('field_missing', { path: 'basket', expected: 'the body of an order call' })
  const under = program === undefined || program === null ? await inForce(branch, account) : readProgram(program, account)
  if (!under.ok) return under
  const instant = at === undefined || at === null ? now : parseInstant(at)
  if (instant === undefined)
    return refuse('field_invalid', { path: 'at', expected: 'an instant such as 2026-03-01T12:00:00Z', got: JSON.stringify(at) })
  const described = member === null ? undefined : readSnapshot(member, instant)
  if (described && !described.ok) return described
  const budgets = await readBudgets(branch.db, under.value.program)
  const reserved = Object.fromEntries(budgets.map(({ name, left }) => [name, left]))
  const decided = decideWhatIf(under.value.program, { basket, member: described?.value ?? null, at: instant, reserved })
  return decided.ok ? { ok: true, value: { program_version: under.value.version, ...decided.value } } : decided
}

interface Under {
  readonly program: Program
  /** Null for a program that was sent. */
  readonly version: number | null
}

async function inForce({ db, shelf }: Branch, account: unknown): Promise<Outcome<Under>> {
  if (account === undefined || account === null) return refuse('field_missing', { path: 'account', expected: "the account's id" })
  const accountId = String(account)
  if ((await findCurrentVersion(db, accountId)) === undefined)
    return refuse('field_invalid', { path: 'account', expected: 'an account of this environment', got: JSON.stringify(account) })
  return { ok: true, value: await shelf.current(db, accountId) }
}

/** At most so many mistakes of a file are named; the first are what to mend. */
const PROBLEMS_MAX = 5

function readProgram(text: unknown, account: unknown): Outcome<Under> {
  const wrong = (got: string) =>
    refuse('field_invalid', { path: 'program', expected: 'the text of a program file without mistakes', got })
  if (typeof text !== 'string') return wrong(typeof text)
  const read = readProgramFile(text, 'program')
  if (!read.ok)
    return wrong(
      read.problems
        .slice(0, PROBLEMS_MAX)
        .map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`)
        .join('; '),
    )
  const { document } = read
  if (account !== undefined && account !== null && String(account) !== document.account.id)
    return refuse('field_invalid', {
      path: 'account',
      expected: `the program's own account, ${document.account.id}`,
      got: JSON.stringify(account),
    })
  return { ok: true, value: { program: compileDocument(document), version: null } }
}
