import { executableExamples } from '@regulars/contract'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { beforeAll, describe, expect, it } from 'vitest'
import { useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

/** Every example of the published API description is sent, in its order, to a server that has seen nothing yet, and answers as it says. */
describe('the examples of the API description', () => {
  const house = useProduct(houseProgram())
  const captured = new Map<string, string>()
  const filled = (text: string) =>
    text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => captured.get(name) ?? `no ${name} was captured`)
  const ajv = new Ajv2020({ strict: false })
  beforeAll(() => {
    formats.default(ajv)
    captured.set('credential', house().apiKey)
  })

  it.each(executableExamples().map((example) => [`${example.operationId}: ${example.name}`, example] as const))(
    '%s',
    async (_name, example) => {
      const { method, status, reason, schema, captures } = example
      const body = example.body === undefined ? undefined : filled(example.body)
      const token = example.admin && { signed: false, headers: { authorization: `Bearer ${house().adminToken}` } }
      const reply = await house().till.send<Record<string, unknown>>({ method, path: filled(example.url), body, ...token })
      expect(reply.http, reply.text).toBe(status)
      if (reason !== undefined) expect(reply.body.reason, reply.text).toBe(reason)
      expect(ajv.validate(schema, reply.body), `${ajv.errorsText()}: ${reply.text}`).toBe(true)
      for (const [name, path] of Object.entries(captures)) {
        const value = path
          .split('.')
          .reduce<unknown>((inside, key) => (inside as Record<string, unknown> | undefined)?.[key], reply.body)
        expect(value, `${path} of ${reply.text}`).toBeDefined()
        captured.set(name, String(value))
      }
    },
  )
})
