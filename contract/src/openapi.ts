import type { TSchema } from 'typebox'
import { ERRORS, type ErrorBody, type ErrorName, errorBody, type Refusal, refuse } from './errors.ts'
import { EXAMPLE_STORY, type Example, SAMPLES } from './examples.ts'
import { CONTENT_DIGEST_HEADER, MESSAGE_SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER } from './message-signing.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS, plainSchema } from './operations.ts'
import { ErrorReply, Modifier } from './schemas.ts'
import { KEY_HEADER, SIGNATURE_HEADER } from './signing.ts'

type Json = { [name: string]: unknown }

/** The OpenAPI 3.1 document of the partner API, made of the operations and the table of errors. */
export function openApiDocument({ version }: { version: string }): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Regulars partner API',
      version,
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This server. The credential decides between test and live.' }],
    tags: [
      { name: 'Loyalty', description: 'Members, balances, rewards and orders.' },
      { name: 'Administration', description: "For an operator's tools, with the administration token of an environment." },
    ],
    security: [
      { key: [], signature: [] },
      { signatureInput: [], messageSignature: [] },
    ],
    paths: pathsOf(OPERATIONS),
    components: {
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: KEY_HEADER, description: 'The API key of the credential.' },
        signature: { type: 'apiKey', in: 'header', name: SIGNATURE_HEADER, description: SIGNATURE },
        signatureInput: { type: 'apiKey', in: 'header', name: SIGNATURE_INPUT_HEADER, description: SIGNATURE_INPUT },
        messageSignature: { type: 'apiKey', in: 'header', name: MESSAGE_SIGNATURE_HEADER, description: MESSAGE_SIGNATURE },
        admin: { type: 'http', scheme: 'bearer', description: 'The administration token of the environment.' },
      },
      schemas: { Error: plainSchema(ErrorReply), Modifier: plainSchema(Modifier) },
    },
  }
}

const SIGNATURE =
  'base64(HMAC-SHA256(key = base64-decoded secret, message = path and query as sent + raw body)): 44 characters of standard base64.'

const SIGNATURE_INPUT =
  'HTTP Message Signatures (RFC 9421): regulars=("@method" "@target-uri" "content-digest");created=<epoch seconds>;nonce="<16 to 128 characters, never used before>";keyid="<API key>";alg="hmac-sha256". content-digest, with a Content-Digest header (RFC 9530), only where there is a body.'

const MESSAGE_SIGNATURE =
  'regulars=:base64(HMAC-SHA256(key = base64-decoded secret, message = signature base of RFC 9421, section 2.5)):'

const INTRODUCTION = `What a till, a kiosk, a shop's server or a payment device asks and tells about members and their orders.

Every request is signed. \`${SIGNATURE_HEADER}\` is ${SIGNATURE} A GET signs its path and query alone. Sign the very bytes that you send.
Instead, a request can carry an HTTP message signature (RFC 9421: \`${SIGNATURE_INPUT_HEADER}\`, \`${MESSAGE_SIGNATURE_HEADER}\`, \`${CONTENT_DIGEST_HEADER}\`), which cannot be sent twice; a credential can require it.

Errors carry \`code\` and \`details\` (fit to show a customer), \`message\` (for the developer) and \`reason\` (a stable word for machines).
Unknown fields are kept with the order and never rejected; \`null\` means absent; decimals and ids may be numbers or texts; enumerations may be in any letter case.`

function pathsOf(operations: readonly Operation[]): Json {
  const paths: Record<string, Json> = {}
  for (const operation of operations) {
    const path = operation.url.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationObject(operation) }
  }
  return paths
}

function operationObject(operation: Operation): Json {
  const { operationId, summary, description, params, query, body } = operation
  const parameters = [
    ...Object.entries(params).map(([name, about]) => ({
      name,
      in: 'path',
      required: true,
      description: about,
      schema: { type: 'string' },
      example: SAMPLES[name] ?? SAMPLES.member,
    })),
    ...Object.entries(query).map(([name, { description, required, example }]) => ({
      name,
      in: 'query',
      required,
      description,
      schema: { type: 'string' },
      example,
    })),
  ]
  return {
    operationId,
    summary,
    description,
    tags: [operation.admin ? 'Administration' : 'Loyalty'],
    ...(operation.admin && { security: [{ admin: [] }] }),
    parameters,
    ...(body !== undefined && { requestBody: requestBody(operation, body) }),
    responses: { ...repliesOf(operation), ...refusalsOf(operation) },
  }
}

function requestBody({ examples }: Operation, schema: TSchema): Json {
  // Requests that are refused for their shape would be no examples of the schema.
  const shown = examples.filter(({ status, body }) => status < 300 && body !== undefined)
  return {
    required: true,
    content: json(
      plainSchema(schema),
      shown.map((example) => [example, sampled(example.body)]),
    ),
  }
}

function repliesOf({ replies, examples }: Operation): Json {
  return Object.fromEntries(
    Object.entries(replies).map(([status, { description, schema }]) => {
      const shown = examples.filter((example) => String(example.status) === status && example.reply !== undefined)
      return [
        status,
        {
          description,
          headers: REQUEST_ID,
          content: json(
            plainSchema(schema),
            shown.map((example) => [example, example.reply]),
          ),
        },
      ]
    }),
  )
}

const REQUEST_ID = {
  'X-Request-Id': { description: 'Id of this request, also in the log of the server.', schema: { type: 'string' } },
}
const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } }

function refusalsOf({ refusals, operationId }: Operation): Json {
  const responses: Json = {}
  for (const status of new Set(refusals.map((name) => ERRORS[name].status))) {
    const names = refusals.filter((name) => ERRORS[name].status === status)
    const retries = names.some((name) => 'retryAfterS' in ERRORS[name].example)
    responses[status] = {
      description: DESCRIPTIONS[status] ?? 'Refused.',
      headers: { ...REQUEST_ID, ...(retries && RETRY_AFTER) },
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Error' },
          examples: Object.fromEntries(names.map((name) => [name, { summary: name, value: errorExample(name, operationId) }])),
        },
      },
    }
  }
  return responses
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'Something is wrong with the request, or the reward does not apply.',
  401: 'The request is not signed, or not by a known key.',
  403: 'The key may not do this.',
  404: 'There is no such order or receipt.',
  409: 'The state of the order does not allow it; nothing has changed.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  429: 'Too many requests.',
  500: 'Our fault.',
  503: 'Not ready; safe to repeat.',
}

/** What a refusal looks like, with the facts of its row's example. */
export function errorExample(name: ErrorName, operationId?: string): ErrorBody {
  const { refusal } = refuse(name, ERRORS[name].example as never)
  const context = {
    id: 'err_01JD3Q8Y7W9T5K2M4N6P8R0S1V',
    orderStatus: operationId === 'postOrder' ? ('billed' as const) : undefined,
  }
  return errorBody(refusal as Refusal, context)
}

function json(schema: object, examples: [Example, unknown][]): Json {
  const shown = Object.fromEntries(examples.map(([{ name, summary }, value]) => [name, { summary, value }]))
  return { 'application/json': { schema, ...(examples.length > 0 && { examples: shown }) } }
}

/** An example as it can be sent: `{{name}}` in url and body stands for what an earlier answer gave under that name (`captures`). */
export interface ExecutableExample {
  readonly operationId: string
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** JSON text. */
  readonly body?: string
  readonly status: number
  readonly reason?: ErrorName
  /** Where in the answer to find what later examples need, by its name. */
  readonly captures: Readonly<Record<string, string>>
  /** Sent with the administration token instead of a signature. */
  readonly admin: boolean
  /** Of the answer, as plain JSON Schema without references. */
  readonly schema: object
}

/** Every example of every operation, in an order in which they can be sent one after the other to a fresh server. */
export function executableExamples(): ExecutableExample[] {
  const all = OPERATIONS.flatMap((operation) => operation.examples.map((example) => executable(operation, example)))
  const turn = ({ name }: ExecutableExample) =>
    EXAMPLE_STORY.includes(name) ? EXAMPLE_STORY.indexOf(name) : EXAMPLE_STORY.length
  return all.sort((a, b) => turn(a) - turn(b))
}

function executable({ operationId, method, url, replies, admin }: Operation, example: Example): ExecutableExample {
  const { name, params = {}, query = {}, body, status, refusal, captures = {} } = example
  const path = url.replace(/:(\w+)/g, (_, param: string) => params[param] ?? '')
  const search = new URLSearchParams(query).toString()
  return {
    operationId,
    name,
    method,
    url: search === '' ? path : `${path}?${search}`,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    status,
    reason: refusal,
    captures,
    admin: admin === true,
    schema: plainSchema(replies[status]?.schema ?? ErrorReply),
  }
}

function sampled(value: unknown): unknown {
  const text = JSON.stringify(value).replace(/\{\{(\w+)\}\}/g, (whole, name: string) => SAMPLES[name] ?? whole)
  return JSON.parse(text) as unknown
}
