import { createHmac } from 'node:crypto'

/** base64(HMAC-SHA256(base64-decoded secret, request target + raw body)). */
export function signature(secret: string, path: string, body: string | Buffer = ''): string {
  return createHmac('sha256', Buffer.from(secret, 'base64')).update(path).update(body).digest('base64')
}
