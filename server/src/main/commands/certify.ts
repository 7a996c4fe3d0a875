import { readFile, writeFile } from 'node:fs/promises'
import { CHECK_NAMES, type CheckName, decodeSecret } from '@regulars/contract'
import {
  type CertificationReport,
  certify,
  formatHtml,
  formatJunit,
  formatText,
  type Menu,
  MenuProblem,
  readMenu,
  summaryOf,
  Unreachable,
  USUAL_MENU,
} from '../../certify/index.ts'
import { startProgress } from '../../platform/progress.ts'
import { EXIT, UsageError } from '../settings.ts'

interface CertifyCommandOptions {
  readonly url: string
  readonly key: string
  readonly secret: string
  readonly messageSignatures?: boolean
  readonly account: string
  readonly store: string
  readonly menu?: string
  readonly phone?: string
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly needs?: readonly string[]
  readonly format: string
  readonly out?: string
  readonly json?: boolean
}

const FORMATS: Readonly<Record<string, (report: CertificationReport) => string>> = {
  text: formatText,
  json: (report) => JSON.stringify(report, null, 2),
  junit: formatJunit,
  html: formatHtml,
}

export async function certifyCommand(options: CertifyCommandOptions): Promise<void> {
  const format = FORMATS[options.json ? 'json' : options.format]
  if (!format) throw new UsageError(`--format must be ${Object.keys(FORMATS).join(', ')}; got ${options.format}.`)
  const inputs = await readInputs(options)
  let progress: ReturnType<typeof startProgress> | undefined
  try {
    const report = await certify({
      ...inputs,
      now: Date.now,
      onCheck(name, done, total) {
        progress ??= startProgress({ label: 'certify', total })
        if (done > 0) progress.advance()
        progress.note(name)
      },
    })
    progress?.done(summaryOf(report))
    const text = `${format(report)}\n`
    if (options.out === undefined) process.stdout.write(text)
    else await writeFile(options.out, text)
    if (!report.ok) process.exitCode = EXIT.failed
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = EXIT.unavailable
  }
}

async function readInputs(options: CertifyCommandOptions) {
  const { url, key, secret, account, store, menu, phone, only, skip, needs = [], messageSignatures } = options
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
    throw new UsageError(`--url must be the server's address, such as http://127.0.0.1:8080; got ${url}.`)
  if (phone !== undefined && !/^\+?[\d ()-]*\d{4}$/.test(phone))
    throw new UsageError(`--phone must be a phone that ends with at least four digits, such as 4155550000; got ${phone}.`)
  return {
    url,
    apiKey: key,
    secret: checkedSecret(secret),
    messageSignatures,
    accountId: account,
    store,
    menu: menu === undefined ? USUAL_MENU : await menuOf(menu),
    ...(phone !== undefined && { phone }),
    ...(only && { only: only.map(checkNamed) }),
    ...(skip && { skip: skip.map(checkNamed) }),
    needs: new Map(needs.map(need)),
  }
}

function checkedSecret(secret: string): string {
  try {
    if (decodeSecret(secret).length > 0) return secret
  } catch {
    // Said below, without repeating what may be a part of it.
  }
  throw new UsageError('--secret must be the shared secret as it was given to you, in base64.')
}

async function menuOf(file: string): Promise<Menu> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`The menu ${file} cannot be read.`)
  })
  try {
    return readMenu(text, file)
  } catch (error) {
    throw error instanceof MenuProblem ? new UsageError(error.message) : error
  }
}

function checkNamed(name: string): CheckName {
  const known = CHECK_NAMES.find((candidate) => candidate === name)
  if (known === undefined) throw new UsageError(`There is no check ${name}. There are: ${CHECK_NAMES.join(', ')}.`)
  return known
}

function need(text: string): [string, number] {
  const [, label, count] = /^(.+)=(\d{1,2})$/.exec(text) ?? []
  if (label === undefined || Number(count) === 0)
    throw new UsageError(`--needs names a reward and a count, such as "Buy 2 get 1 Smoothie=3"; got ${text}.`)
  return [label, Number(count)]
}
