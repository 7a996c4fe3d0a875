import { createHmac } from 'node:crypto'

/** The signature of wire contract §2, until the contract package has it. */
export async function sign({ secret, uri, body }: { secret: string; uri: string; body: string }): Promise<string> {
  return createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(uri + body)
    .digest('base64')
}
