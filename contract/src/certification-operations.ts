import { Type } from 'typebox'
import { CHECK_GROUPS, CHECKS } from './certification.ts'
import type { ErrorName } from './errors.ts'
import type { Operation } from './operation.ts'
import { MISTAKES } from './signature-mistakes.ts'

/** How far a partner's integration has come, and what is wrong with a signature of theirs. */

const optional = Type.Optional
const words = (names: object, description: string) => Type.String({ enum: Object.keys(names), description })
const EVERY_CALL = [
  'access_token_invalid',
  'field_invalid',
  'internal',
  'unavailable',
  'shutting_down',
] as const satisfies ErrorName[]
const WHERE_SEEN = {
  order_id: optional(Type.String()),
  at: optional(Type.String({ format: 'date-time' })),
}

const certificationStatus: Operation = {
  operationId: 'certificationStatus',
  method: 'GET',
  url: '/admin/v1/certification/:credential',
  summary: 'What a partner’s requests have shown so far',
  description:
    'The checklist of an integration, ticked by what the credential has sent lately: what was seen, what is missing, and what was wrong, each with the request that shows it.',
  params: { credential: 'The API key of the credential.' },
  query: {},
  admin: true,
  replies: {
    200: {
      description: 'The checklist.',
      schema: Type.Object({
        credential: Type.String(),
        account: Type.String(),
        name: Type.String(),
        complete: Type.Boolean({ description: 'Everything that applies was seen, and nothing was wrong.' }),
        calls: Type.Integer({ description: 'How many requests were looked at.' }),
        since: Type.String({ format: 'date-time', description: 'From when on.' }),
        checks: Type.Array(
          Type.Object({
            name: words(CHECKS, 'Stable.'),
            group: words(CHECK_GROUPS, 'Where it stands on the list.'),
            title: Type.String(),
            asks: Type.String({ description: 'What has to be seen.' }),
            state: Type.String({ enum: ['seen', 'missing', 'not_applicable'] }),
            request_id: optional(Type.String()),
            ...WHERE_SEEN,
          }),
        ),
        problems: Type.Array(
          Type.Object({
            kind: Type.String(),
            name: Type.String(),
            sentence: Type.String({ description: 'What was wrong, and what would be right.' }),
            count: Type.Integer(),
            request_id: Type.String({ description: 'The newest request that shows it.' }),
            ...WHERE_SEEN,
          }),
        ),
      }),
    },
  },
  refusals: EVERY_CALL,
  examples: [
    {
      name: 'certification',
      summary: 'Of the credential that signed the calls above',
      params: { credential: '{{credential}}' },
      status: 200,
    },
    {
      name: 'certificationOfNobody',
      summary: 'No credential of this environment',
      params: { credential: 'nobody' },
      status: 400,
      refusal: 'field_invalid',
    },
  ],
}

const signatureDebug: Operation = {
  operationId: 'signatureDebug',
  method: 'POST',
  url: '/admin/v1/signature-debug',
  summary: 'By which mistake a refused signature came to be',
  description:
    'Makes each known mistake again, alone and two at a time, until one gives the signature that was refused. Takes the request as it was pasted (curl or raw HTTP), or its parts; parts win. An HTTP message signature is taken from a pasted request, and judged in place of the other one. The right signature and the secret are never shown.',
  params: {},
  query: {},
  admin: true,
  body: Type.Object({
    request: optional(Type.String({ description: 'The request, as curl or as raw HTTP, with its headers.' })),
    key: optional(Type.String({ description: 'The API key.' })),
    signature: optional(Type.String({ description: 'The signature that was refused.' })),
    target: optional(Type.String({ description: 'Path and query as sent, from the slash on.' })),
    body: optional(Type.String({ description: 'The body as sent.' })),
    body_base64: optional(Type.String({ description: 'The same, where it is no text.' })),
    method: optional(Type.String()),
    host: optional(Type.String()),
  }),
  replies: {
    200: {
      description: 'What came of it.',
      schema: Type.Object({
        verdict: Type.String({
          enum: ['right', 'mistaken', 'unexplained'],
          description: '`unexplained`: no known mistake, alone or with another, makes this signature.',
        }),
        mistakes: Type.Array(
          Type.Object({
            name: words(MISTAKES, 'Stable.'),
            sentence: Type.String({ description: 'What was done, and what to do instead.' }),
          }),
        ),
        secret: optional(Type.String({ description: 'What the other secret is called that it was made with.' })),
        signed: optional(Type.String({ description: 'The text that was signed, where it is not the right one.' })),
        to_sign: Type.String({ description: 'The text that has to be signed.' }),
        created: optional(
          Type.Integer({
            description: 'Of an HTTP message signature: when it was made, in epoch seconds; what is too old is refused.',
          }),
        ),
      }),
    },
  },
  refusals: [...EVERY_CALL, 'malformed_json', 'field_missing'],
  examples: [
    {
      name: 'signatureOfNothing',
      summary: 'A signature that no known mistake makes',
      body: {
        key: '{{credential}}',
        target: '/loyalty/accounts/6523/balance',
        signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      },
      status: 200,
      reply: { verdict: 'unexplained', mistakes: [], to_sign: '/loyalty/accounts/6523/balance' },
    },
    {
      name: 'signatureWithoutTarget',
      summary: 'Without what was signed',
      body: { key: '{{credential}}', signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
      status: 400,
      refusal: 'field_missing',
    },
  ],
}

export const CERTIFICATION_OPERATIONS: readonly Operation[] = [certificationStatus, signatureDebug]
