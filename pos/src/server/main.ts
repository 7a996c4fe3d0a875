import { rename, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Partner, type PartnerOptions, startPartner } from './partner.ts'
import { ShopFileProblem } from './shop-file.ts'

const USAGE = `regulars-pos: the partner server of a register, a kiosk and a web shop.

  --url URL              the loyalty server                     REGULARS_URL
  --key KEY              API key                                REGULARS_API_KEY
  --secret BASE64        shared secret                          REGULARS_SECRET
  --account ID           account                                REGULARS_ACCOUNT, or program.yaml's
  --store CODE           store this server stands in            REGULARS_STORE, or 999999
  --examples DIR         program.yaml, menu.csv, shop.yaml      the demo brand
  --data-dir DIR         orders, journal, codes                 .data/pos
  --port N               8090; 0 takes a free one
  --host ADDRESS         127.0.0.1
  --ready-file FILE      written (JSON) when requests are accepted
  --device-timeout-ms N  how long the payment device waits for a card (60000)
  --loyalty-timeout-ms N how long a call to the loyalty server may take (3000)

Give the secret in the environment: arguments are seen by everybody on the machine.
`
const DEMO = fileURLToPath(new URL('../../../examples/taste-of-the-world/', import.meta.url))
const TEXT = { type: 'string' } as const

class UsageProblem extends Error {}

function readOptions(): PartnerOptions & { readonly readyFile: string | undefined } {
  const { values } = parseArgs({
    options: {
      ...{ url: TEXT, key: TEXT, secret: TEXT, account: TEXT, store: TEXT, examples: TEXT, host: TEXT, port: TEXT },
      ...{ 'data-dir': TEXT, 'ready-file': TEXT, 'device-timeout-ms': TEXT, 'loyalty-timeout-ms': TEXT },
      help: { type: 'boolean' },
    },
  })
  if (values.help) throw new UsageProblem(USAGE)
  const { env } = process
  const need = (value: string | undefined, flag: string, variable: string): string => {
    if (value) return value
    throw new UsageProblem(`--${flag} (or ${variable}) is missing.\n\n${USAGE}`)
  }
  return {
    url: need(values.url ?? env.REGULARS_URL, 'url', 'REGULARS_URL'),
    apiKey: need(values.key ?? env.REGULARS_API_KEY, 'key', 'REGULARS_API_KEY'),
    secret: need(values.secret ?? env.REGULARS_SECRET, 'secret', 'REGULARS_SECRET'),
    accountId: values.account ?? env.REGULARS_ACCOUNT,
    store: values.store ?? env.REGULARS_STORE ?? '999999',
    examples: resolve(values.examples ?? DEMO),
    dataDir: resolve(values['data-dir'] ?? '.data/pos'),
    host: values.host ?? '127.0.0.1',
    port: count(values.port ?? '8090', 'port'),
    deviceTimeoutMs: count(values['device-timeout-ms'] ?? '60000', 'device-timeout-ms'),
    loyaltyTimeoutMs: count(values['loyalty-timeout-ms'] ?? '3000', 'loyalty-timeout-ms'),
    readyFile: values['ready-file'],
    say: (text) => process.stderr.write(`${text}\n`),
  }
}

function count(text: string, flag: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new UsageProblem(`--${flag}: a whole number is needed; got ${text}.`)
  return Number(text)
}

const addresses = ({ url, staffCode, kioskCode }: Partner) => `
  Screens of the shop (each address pairs the browser that opens it)

  register          ${url}/register#code=${staffCode}
  customer display  ${url}/display#code=${staffCode}
  payment device    ${url}/device#code=${staffCode}
  kiosk             ${url}/kiosk#code=${kioskCode}
  web shop          ${url}/shop
`

async function main(): Promise<void> {
  const { readyFile, ...options } = readOptions()
  let isEnding = false
  const ended = new Promise<void>((end) => {
    // Ctrl-C reaches every process of a terminal, and whoever started this one sends SIGTERM besides: both are the same wish.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end())
    // Whoever started this one holds its standard input, and is gone when it closes.
    if (process.env.REGULARS_POS_CHILD === '1') process.stdin.resume().once('end', end)
  }).then(() => {
    isEnding = true
  })
  const partner = await startPartner(options)
  if (!isEnding) {
    const { url, staffCode, kioskCode } = partner
    process.stdout.write(`${addresses(partner)}\n`)
    if (readyFile !== undefined) {
      await writeFile(`${readyFile}.draft`, `${JSON.stringify({ url, staffCode, kioskCode })}\n`, { mode: 0o600 })
      await rename(`${readyFile}.draft`, readyFile)
    }
  }
  await ended
  await partner.close()
}

main().then(
  () => process.exit(0),
  (fault: unknown) => {
    const isPlain =
      fault instanceof UsageProblem ||
      fault instanceof ShopFileProblem ||
      (fault as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
    const text = fault instanceof Error ? (isPlain ? fault.message : (fault.stack ?? fault.message)) : String(fault)
    process.stderr.write(`${explain(fault) ?? text}\n`)
    process.exit(isPlain ? 2 : 1)
  },
)

function explain(fault: unknown): string | undefined {
  const { code, port } = fault as { code?: string; port?: number }
  return code === 'EADDRINUSE'
    ? `Port ${port} is taken by another program. Choose another one with --port, or --port 0 for a free one.`
    : undefined
}
