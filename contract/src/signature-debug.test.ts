import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { debugSignature, type SuspectRequest } from './signature-debug.ts'
import { MESSAGE_MISTAKES, MISTAKES, type Mistake } from './signature-mistakes.ts'
import { sign } from './signing.ts'

/*
 * Each mistake is made here by Node's crypto, the way a client makes it; the debugger, which knows WebCrypto only, has to name it.
 */
const SECRET = Buffer.from([...Array(48).keys()].map((byte) => (byte * 37 + 130) % 256)).toString('base64')
const OTHER = Buffer.from('another secret of the same account, long ago').toString('base64')
const key = Buffer.from(SECRET, 'base64')
const TARGET = '/loyalty/accounts/7%2F1/rewards?store=99%2099&at=1'
const BODY = '{"id":"A/1","customer":{"name":"Zoë"},"a":[1,2]}\n'

const mac = (message: string | Buffer, secret: string | Buffer = key, hash = 'sha256') =>
  createHmac(hash, secret).update(message).digest('base64')
const parsed: unknown = JSON.parse(BODY)
const right = Buffer.from(mac(TARGET + BODY), 'base64')
const withBody = (body: string | Buffer) => mac(Buffer.concat([Buffer.from(TARGET), Buffer.from(body)]))
const request = (change: Partial<SuspectRequest> = {}): SuspectRequest => ({
  signature: '',
  uri: TARGET,
  body: BODY,
  secret: SECRET,
  others: [{ secret: OTHER, name: 'the one before the rotation' }],
  method: 'POST',
  host: 'api.example.com:8443',
  apiKey: 'test_abc',
  ...change,
})

/** A body whose signature has a letter that the two alphabets of base64 write differently. */
const urlSafeBody = ((): [string, string] => {
  for (let n = 0; ; n++) {
    const signature = mac(`/a${n}`)
    if (/[+/]/.test(signature)) return [String(n), signature.replaceAll('+', '-').replaceAll('/', '_')]
  }
})()

/** A request and signature with this one mistake. */
const CASES: readonly [Mistake, string, Partial<SuspectRequest>?][] = [
  ['query_left_out', mac(`/loyalty/accounts/7%2F1/rewards${BODY}`)],
  ['target_decoded', mac(`/loyalty/accounts/7/1/rewards?store=99 99&at=1${BODY}`)],
  ['target_decoded', mac(`/loyalty/accounts/7/1/rewards?store=99%2099&at=1${BODY}`)],
  ['target_encoded_again', mac(`/loyalty/accounts/7%252F1/rewards?store=99%252099&at=1${BODY}`)],
  ['query_sorted', mac(`/loyalty/accounts/7%2F1/rewards?at=1&store=99%2099${BODY}`)],
  ['plus_for_blank', mac(`/loyalty/accounts/7%2F1/rewards?store=99+99&at=1${BODY}`)],
  ['host_included', mac(`api.example.com${TARGET}${BODY}`)],
  ['scheme_and_host_included', mac(`https://api.example.com:8443${TARGET}${BODY}`)],
  ['scheme_and_host_included', mac(`https://api.example.com${TARGET}${BODY}`)],
  ['method_prefixed', mac(`POST${TARGET}${BODY}`)],
  ['method_prefixed', mac(`POST ${TARGET}${BODY}`)],
  ['slash_added', mac(`/loyalty/accounts/7%2F1/rewards/?store=99%2099&at=1${BODY}`)],
  ['slash_removed', mac(TARGET.slice(1) + BODY)],
  ['target_lowercased', mac(TARGET.toLowerCase() + BODY)],
  ['target_left_out', mac(BODY)],

  ['body_left_out', mac(TARGET)],
  ['body_empty_object', mac(`${TARGET}{}`), { body: '' }],
  ['body_empty_object', mac(`${TARGET}null`), { body: '' }],
  ['body_reserialised', mac('/a{"b":[1,2]}'), { uri: '/a', body: '{ "b": [1,2] }' }],
  ['body_spaced', withBody('{"id": "A/1", "customer": {"name": "Zoë"}, "a": [1, 2]}')],
  ['body_indented', withBody(JSON.stringify(parsed, null, 2))],
  ['body_indented', withBody(JSON.stringify(parsed, null, '\t'))],
  ['body_keys_sorted', withBody('{"a":[1,2],"customer":{"name":"Zoë"},"id":"A/1"}')],
  ['body_keys_sorted', withBody('{"a": [1, 2], "customer": {"name": "Zoë"}, "id": "A/1"}')],
  ['body_trailing_newline', withBody(BODY.trimEnd())],
  ['body_trailing_newline', mac('/a{"b": 1}\r\n'), { uri: '/a', body: '{"b": 1}' }],
  ['body_trimmed', mac('/a{"b":1 }'), { uri: '/a', body: '  {"b":1 }  ' }],
  ['body_line_ends', mac('/a{\n"b":1}'), { uri: '/a', body: '{\r\n"b":1}' }],
  ['body_line_ends', mac('/a{\r\n"b":1}'), { uri: '/a', body: '{\n"b":1}' }],
  ['body_unicode_escaped', withBody(BODY.replace('ë', '\\u00eb'))],
  ['body_unicode_escaped', mac('/a{"b": "ë"}'), { uri: '/a', body: '{"b": "\\u00EB"}' }],
  ['body_slashes_escaped', withBody(BODY.replace('A/1', 'A\\/1'))],
  ['body_latin1', withBody(Buffer.from(BODY, 'latin1'))],
  ['body_bom', withBody(`\uFEFF${BODY}`)],
  ['body_quoted', withBody(JSON.stringify(BODY))],
  ['body_form_encoded', withBody(encodeURIComponent(BODY))],

  ['body_before_target', mac(BODY + TARGET)],
  ['separated', mac(`${TARGET}\n${BODY}`)],
  ['newline_at_end', withBody(`${BODY}\n`)],
  ['newline_at_end', mac(`${TARGET}\n`), { body: '' }],

  ['secret_not_decoded', mac(TARGET + BODY, SECRET)],
  ['secret_as_text', mac(TARGET + BODY, key.toString('utf8'))],
  ['secret_as_latin1', mac(TARGET + BODY, key.toString('latin1'))],
  ['secret_hex', mac(TARGET + BODY, key.toString('hex'))],
  ['secret_encoded_again', mac(TARGET + BODY, Buffer.from(SECRET).toString('base64'))],
  [
    'secret_decoded_twice',
    mac('/a', 'abc'),
    { uri: '/a', body: '', secret: Buffer.from(Buffer.from('abc').toString('base64')).toString('base64') },
  ],
  ['secret_with_newline', mac(TARGET + BODY, `${SECRET}\n`)],
  ['secret_is_key', mac(TARGET + BODY, 'test_abc')],
  ['other_secret', mac(TARGET + BODY, Buffer.from(OTHER, 'base64'))],

  ['sha1', mac(TARGET + BODY, key, 'sha1')],
  ['sha384', mac(TARGET + BODY, key, 'sha384')],
  ['sha512', mac(TARGET + BODY, key, 'sha512')],
  [
    'plain_hash',
    createHash('sha256')
      .update(key)
      .update(TARGET + BODY)
      .digest('base64'),
  ],
  [
    'plain_hash',
    createHash('sha256')
      .update(TARGET + BODY)
      .update(key)
      .digest('base64'),
  ],
  [
    'plain_hash_without_secret',
    createHash('sha256')
      .update(TARGET + BODY)
      .digest('base64'),
  ],

  ['hex_for_base64', right.toString('hex')],
  ['hex_for_base64', right.toString('hex').toUpperCase()],
  ['base64_url_safe', urlSafeBody[1], { uri: '/a', body: urlSafeBody[0] }],
  ['base64_of_hex', Buffer.from(right.toString('hex')).toString('base64')],
  ['padding_missing', right.toString('base64').replace('=', '')],
  ['white_space', `${right.toString('base64')}\n`],
  ['quoted', `"${right.toString('base64')}"`],
  ['prefixed', `sha256=${right.toString('base64')}`],
  ['percent_encoded', encodeURIComponent(right.toString('base64'))],
  ['truncated', right.toString('base64').slice(0, 32)],
]

describe('each mistake is named', () => {
  it('has a case for every mistake', () => {
    const expected = Object.keys(MISTAKES).filter((name) => !Object.hasOwn(MESSAGE_MISTAKES, name))
    expect(expected.filter((name) => !CASES.some(([mistake]) => mistake === name))).toEqual([])
  })

  it.each(CASES)('%s', async (mistake, signature, change) => {
    const found = await debugSignature(request({ ...change, signature }))
    expect(found.verdict).toBe('mistaken')
    expect(found.mistakes).toEqual([{ name: mistake, sentence: MISTAKES[mistake] }])
    expect(JSON.stringify(found)).not.toContain(SECRET)
    expect(JSON.stringify(found)).not.toContain(await sign({ ...request(change), secret: SECRET }))
  })
})

describe('two mistakes are named both', () => {
  const PAIRS: readonly [Mistake[], string, Partial<SuspectRequest>?][] = [
    [['query_left_out', 'body_left_out'], mac('/loyalty/accounts/7%2F1/rewards')],
    [['scheme_and_host_included', 'body_trailing_newline'], mac(`https://api.example.com${TARGET}${JSON.stringify(parsed)}`)],
    [['secret_not_decoded', 'hex_for_base64'], Buffer.from(mac(TARGET + BODY, SECRET), 'base64').toString('hex')],
    [['other_secret', 'query_left_out'], mac(`/loyalty/accounts/7%2F1/rewards${BODY}`, Buffer.from(OTHER, 'base64'))],
    [['secret_not_decoded', 'sha1'], mac(TARGET + BODY, SECRET, 'sha1')],
    [['method_prefixed', 'separated'], mac(`POST ${TARGET}\n${BODY}`)],
  ]
  it.each(PAIRS)('%j', async (names, signature, change) => {
    const found = await debugSignature(request({ ...change, signature }))
    expect(found.mistakes.map(({ name }) => name)).toEqual(names)
  })

  it('and which other secret it was', async () => {
    const found = await debugSignature(request({ signature: mac(TARGET + BODY, Buffer.from(OTHER, 'base64')) }))
    expect(found).toMatchObject({ verdict: 'mistaken', secretName: 'the one before the rotation' })
  })

  it('shows what was signed beside what has to be', async () => {
    const found = await debugSignature(request({ signature: mac(`/loyalty/accounts/7%2F1/rewards${BODY}`) }))
    expect(found).toMatchObject({ signed: `/loyalty/accounts/7%2F1/rewards${BODY}`, toSign: TARGET + BODY })
  })
})

const anyRequest = fc.record({
  secret: fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  uri: fc.webPath().chain((path) => fc.webQueryParameters().map((query) => `${path || '/'}?${query}`)),
  body: fc.oneof(fc.constant(''), fc.json(), fc.string()),
  method: fc.constantFrom('GET', 'POST'),
  host: fc.constantFrom('', 'a.example:80'),
})

it('never calls a right signature wrong', async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, async (given) => {
      const found = await debugSignature({ ...given, signature: await sign(given) })
      expect(found).toMatchObject({ verdict: 'right', mistakes: [] })
    }),
    { numRuns: 200 },
  )
})

it('explains no signature that nothing explains', async () => {
  for (const signature of ['', 'x', `${'A'.repeat(43)}=`, 'ä', '=', mac('something else', 'entirely')]) {
    expect(await debugSignature(request({ signature }))).toMatchObject({ verdict: 'unexplained', mistakes: [] })
  }
})

it('lets a credential that may sign without blanks do so', async () => {
  const signature = withBody(JSON.stringify(parsed))
  expect(await debugSignature(request({ signature, signMinified: true }))).toMatchObject({ verdict: 'right' })
})
