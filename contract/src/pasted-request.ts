import { CONTENT_DIGEST_HEADER, MESSAGE_SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER } from './message-signing.ts'
import { KEY_HEADER, SIGNATURE_HEADER } from './signing.ts'

/** What could be read of a request that somebody pasted. */
export interface PastedRequest {
  readonly method?: string
  /** Path and query. */
  readonly uri?: string
  readonly host?: string
  /** Where the address says which. */
  readonly scheme?: 'http' | 'https'
  readonly apiKey?: string
  /** `X-Class-Signature`. */
  readonly signature?: string
  /** The headers of an HTTP message signature. */
  readonly message?: { readonly signatureInput: string; readonly signature?: string; readonly contentDigest?: string }
  readonly body?: string
}

/**
 * Reads a request from a curl command line (of bash) or from raw HTTP, as logs and tools show them. What is not there is left out; of text that is
 * neither, nothing is read. A line end at the end of raw HTTP counts only where Content-Length says so. A curl's `-d` loses line ends, as curl itself does; `--data-binary` and `--data-raw` keep them.
 */
export function readPastedRequest(text: string): PastedRequest {
  return /^\s*(\$\s*)?curl\s/.test(text) ? fromCurl(wordsOf(text)) : fromHttp(text)
}

function fromHttp(text: string): PastedRequest {
  const [head = '', ...rest] = text.replace(/^\s+/, '').split(/\r?\n\r?\n/)
  const [line = '', ...headers] = head.split(/\r?\n/)
  const [, method, target] = /^([A-Z]+)\s+(\S+)(?:\s+HTTP\/[\d.]+)?\s*$/.exec(line) ?? []
  if (method === undefined || target === undefined) return {}
  const between = /\r\n\r\n/.test(text) ? '\r\n\r\n' : '\n\n'
  const body = asLong(rest.join(between), headers)
  return { method, ...addressOf(target), ...headersOf(headers), ...(body !== '' && { body }) }
}

/** Pasting adds a line end that was not sent: it stays only where the request's own length says that it was. */
function asLong(body: string, headers: readonly string[]): string {
  const length = headers.map((line) => /^content-length:\s*(\d+)\s*$/i.exec(line)?.[1]).find((found) => found !== undefined)
  const isWhole = length !== undefined && new TextEncoder().encode(body).length === Number(length)
  return isWhole ? body : body.replace(/\r?\n$/, '')
}

const DATA = new Set(['-d', '--data', '--data-binary', '--data-raw', '--data-ascii', '--json'])

function fromCurl(words: readonly string[]): PastedRequest {
  const headers: string[] = []
  let method: string | undefined
  let body: string | undefined
  let address: string | undefined
  for (let at = 1; at < words.length; at++) {
    const [, option, joined] = /^(--[\w-]+)=(.*)$/s.exec(words[at] ?? '') ?? [undefined, words[at] ?? '']
    const value = () => joined ?? words[++at] ?? ''
    if (option === '-H' || option === '--header') headers.push(value())
    else if (option === '-X' || option === '--request') method = value()
    else if (option === '--url') address = value()
    else if (DATA.has(option)) {
      const data = value()
      body = `${body === undefined ? '' : `${body}&`}${option === '--data-binary' || option === '--data-raw' ? data : data.replace(/[\r\n]/g, '')}`
    } else if (!option.startsWith('-')) address ??= option
  }
  method ??= body === undefined ? 'GET' : 'POST'
  return { method, ...(address !== undefined && addressOf(address)), ...headersOf(headers), ...(body !== undefined && { body }) }
}

/** Scheme and host apart from path and query, which stay as they are. */
function addressOf(address: string): Pick<PastedRequest, 'uri' | 'host' | 'scheme'> {
  const [, scheme, host, rest] = /^(?:(https?):\/\/)?([^/?#]*)([^#]*)/s.exec(address) ?? []
  if (address.startsWith('/')) return { uri: address.replace(/#.*/s, '') }
  return {
    ...(scheme && { scheme: scheme as 'http' | 'https' }),
    ...(host && { host }),
    uri: rest ? (rest.startsWith('/') ? rest : `/${rest}`) : '/',
  }
}

function headersOf(lines: readonly string[]): Pick<PastedRequest, 'host' | 'apiKey' | 'signature' | 'message'> {
  const value = (name: string) =>
    lines
      .map((line) => /^([\w-]+):[ \t]?(.*)$/s.exec(line))
      .find((found) => found?.[1]?.toLowerCase() === name.toLowerCase())?.[2]
  const [host, apiKey, signature] = [value('Host'), value(KEY_HEADER), value(SIGNATURE_HEADER)]
  const [input, of, digest] = [value(SIGNATURE_INPUT_HEADER), value(MESSAGE_SIGNATURE_HEADER), value(CONTENT_DIGEST_HEADER)]
  return {
    ...(host !== undefined && { host: host.trim() }),
    ...(apiKey !== undefined && { apiKey: apiKey.trim() }),
    ...(signature !== undefined && { signature }),
    ...(input !== undefined && {
      message: {
        signatureInput: input,
        ...(of !== undefined && { signature: of }),
        ...(digest !== undefined && { contentDigest: digest }),
      },
    }),
  }
}

/** A command line's words, as bash reads them: quotes, backslashes and $'…'. */
function wordsOf(line: string): string[] {
  const words: string[] = []
  const word = /\s*((?:\$'(?:[^'\\]|\\.)*'|'[^']*'|"(?:[^"\\]|\\.)*"|\\[\s\S]|[^\s'"\\])+)/gy
  for (const [, raw = ''] of line
    .replace(/^\s*\$\s+/, '')
    .replace(/\\\r?\n/g, ' ')
    .matchAll(word)) {
    words.push(
      raw.replace(/\$'((?:[^'\\]|\\.)*)'|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\([\s\S])/g, (_, ansi, single, double, escaped) =>
        ansi !== undefined
          ? unescapeAnsi(ansi)
          : (single ?? (double !== undefined ? double.replace(/\\(["\\$`])/g, '$1') : escaped)),
      ),
    )
  }
  return words
}

const ANSI: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }
const unescapeAnsi = (text: string): string =>
  text.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ANSI[code] ?? code),
  )
