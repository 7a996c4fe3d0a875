import { KEY_HEADER, SIGNATURE_HEADER, sign } from '@regulars/contract'
import pc from 'picocolors'
import { curlOf } from './commands/sign.ts'
import type { Ready } from './dev.ts'

/** What a newcomer sees first: where things are, the credential, and a request that works when pasted. */
export async function tour({ url, accountId, apiKey, secret, adminToken, mailbox, databaseUrl }: Ready): Promise<string> {
  const uri = '/loyalty/accounts'
  const body = '{"customer":{"phone":"4155550123"}}'
  const signature = await sign({ secret, uri, body: new TextEncoder().encode(body) })
  const row = (name: string, value: string) => `  ${pc.dim(name.padEnd(14))}${value}`
  return [
    '',
    pc.bold(`  Regulars is serving at ${pc.cyan(url)}`),
    '',
    row('API reference', `${url}/docs`),
    row('mailbox', mailbox),
    row('database', databaseUrl),
    '',
    row('account', accountId),
    row('X-Class-Key', apiKey),
    row('secret', secret),
    row('admin token', adminToken),
    '',
    '  Look a member up by phone (it is created the first time):',
    '',
    curlOf({ uri, body, headers: { [KEY_HEADER]: apiKey, [SIGNATURE_HEADER]: signature }, url }),
    '',
    `  Sign any other request:  npx regulars sign '/loyalty/accounts/ID/balance' --key ${apiKey} --secret ${secret} --url ${url}`,
    '',
  ].join('\n')
}
