import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { readClaimCall } from './claim-call.ts'
import { ERRORS } from './errors.ts'
import { SAMPLES } from './examples.ts'
import { readMemberCall } from './member-call.ts'
import { errorExample, executableExamples, openApiDocument } from './openapi.ts'
import { OPERATIONS, plainSchema } from './operations.ts'
import { readOrderCall } from './order-call.ts'
import { ErrorReply } from './schemas.ts'

const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
const EXAMPLES = executableExamples()

describe('the OpenAPI document', () => {
  it('lints clean with the recommended rules, examples and all', () => {
    const folder = mkdtempSync(join(tmpdir(), 'openapi-'))
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApiDocument({ version: '1.2.3' })))
    const redocly = fileURLToPath(new URL('../../node_modules/.bin/redocly', import.meta.url))
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    const lint = () =>
      execFileSync(redocly, ['lint', 'openapi.json', '--format=json'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      expect(JSON.parse(String(lint()))).toMatchObject({ problems: [] })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is the same every time, and plain JSON', () => {
    const document = openApiDocument({ version: '1.2.3' })
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
    expect(JSON.stringify(document)).not.toMatch(/\{\{|undefined/)
  })

  it('shows every refusal of an operation with an example', () => {
    const text = JSON.stringify(openApiDocument({ version: '1' }))
    for (const name of OPERATIONS.flatMap(({ refusals }) => refusals)) expect(text).toContain(`"reason":"${name}"`)
    const validate = ajv.compile(plainSchema(ErrorReply))
    for (const name of Object.keys(ERRORS))
      expect([name, validate(errorExample(name as keyof typeof ERRORS))]).toEqual([name, true])
  })

  it('lists no refusal twice', () => {
    for (const { operationId, refusals } of OPERATIONS)
      expect([operationId, refusals.length]).toEqual([operationId, new Set(refusals).size])
  })
})

describe('the examples', () => {
  it('have names of their own, statuses of their own operation, and use only what an earlier answer gave', () => {
    const captured = new Set(['credential'])
    expect(new Set(EXAMPLES.map(({ name }) => name)).size).toBe(EXAMPLES.length)
    for (const { name, url, body, captures, status, reason } of EXAMPLES) {
      for (const [, used] of `${url}${body}`.matchAll(/\{\{(\w+)\}\}/g))
        expect([name, used, captured.has(String(used))]).toEqual([name, used, true])
      for (const given of Object.keys(captures)) {
        expect(SAMPLES).toHaveProperty(given)
        captured.add(given)
      }
      if (reason !== undefined) expect([name, ERRORS[reason].status]).toEqual([name, status])
      expect(reason === undefined).toBe(status < 300)
    }
  })

  it('answer what their schema says', () => {
    for (const { replies, examples } of OPERATIONS) {
      for (const { name, status, reply } of examples) {
        const schema = replies[status]?.schema
        if (schema && reply) expect([name, ajv.validate(plainSchema(schema), reply), ajv.errors]).toEqual([name, true, null])
      }
    }
  })

  it('list every refusal that they show among those of their operation', () => {
    for (const { examples, refusals } of OPERATIONS) {
      for (const { refusal } of examples) if (refusal) expect(refusals).toContain(refusal)
    }
  })

  it('are read as they are meant: accepted without a warning, or refused by the reader where that is their point', () => {
    const reader = {
      createOrRetrieveMember: readMemberCall,
      postOrder: (body: unknown) => readOrderCall(body, { currency: 'USD', strict: true }),
      claimOrder: (body: unknown) => readClaimCall(body, { currency: 'USD' }),
    }
    for (const { operationId, name, body, reason } of EXAMPLES) {
      if (body === undefined) continue
      const outcome = Object.hasOwn(reader, operationId) && reader[operationId as keyof typeof reader](JSON.parse(body))
      if (outcome && !outcome.ok) expect([name, outcome.refusal.error]).toEqual([name, reason])
    }
  })
})
