import { expect, it } from 'vitest'
import { readPastedRequest } from './pasted-request.ts'

const SIGNED = { apiKey: 'test_k', signature: 'c2ln', host: 'api.example:8443' }

it('reads raw HTTP, the body byte for byte', () => {
  const head = 'POST /a%20b?x=1 HTTP/1.1\r\nHost: api.example:8443\r\nx-class-key: test_k\r\nX-Class-Signature: c2ln\r\n'
  expect(readPastedRequest(`${head}Content-Length: 12\r\n\r\n{"a":\r\n\r\n1}\n`)).toEqual({
    ...SIGNED,
    method: 'POST',
    uri: '/a%20b?x=1',
    body: '{"a":\r\n\r\n1}\n',
  })
  expect(readPastedRequest(`${head}\r\n{"a":1}\n`).body).toBe('{"a":1}')
  expect(readPastedRequest('GET /a')).toEqual({ method: 'GET', uri: '/a' })
})

it('reads a curl, with the quoting of a shell', () => {
  const curl = `$ curl -sS 'https://api.example:8443/a?b=c&d=e' \\\n -H "X-Class-Key: test_k" --header='X-Class-Signature: c2ln' --data-binary '{"n":"O'\\''Neil"}\n'`
  expect(readPastedRequest(curl)).toEqual({
    ...SIGNED,
    scheme: 'https',
    method: 'POST',
    uri: '/a?b=c&d=e',
    body: '{"n":"O\'Neil"}\n',
  })
  expect(readPastedRequest(`curl -X PUT api.example/x --data-raw $'{"a":"\\u00eb\\n"}'`)).toEqual({
    method: 'PUT',
    host: 'api.example',
    uri: '/x',
    body: '{"a":"ë\n"}',
  })
  expect(readPastedRequest(`curl http://h/ -d 'a\nb'`).body).toBe('ab')
})

it('reads nothing of what is no request', () => {
  for (const text of ['', 'hello', '{"a":1}', 'curly', '\0', 'GET']) expect(readPastedRequest(text)).toEqual({})
})
