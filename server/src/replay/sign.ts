import { createHmac } from 'node:crypto'

/** The signature of wire contract §2, made a second time on purpose: the replay shares no code with what it checks, so a fault in ours cannot sign itself. */
export async function sign({ secret, uri, body }: { secret: string; uri: string; body: string }): Promise<string> {
  return createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(uri + body)
    .digest('base64')
}
