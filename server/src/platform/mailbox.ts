import type { AddressInfo } from 'node:net'

export interface ReceivedMail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Every absolute URL in the text. */
  readonly links: readonly string[]
  readonly receivedAt: string
}

/** A real SMTP server on this machine that keeps what it receives: `dev` sends its mail there. */
export interface Mailbox {
  readonly url: string
  /** The newest first. */
  list(): readonly ReceivedMail[]
  stop(): Promise<void>
}

/** The newest so many are kept. */
const KEPT = 500
/** For senders that are in the middle of a mail when it stops. */
const CLOSE_TIMEOUT_MS = 500

export async function startMailbox(): Promise<Mailbox> {
  // Twelve megabytes that a server in production has no use for.
  const [{ simpleParser }, { SMTPServer }] = await Promise.all([import('mailparser'), import('smtp-server')])
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: CLOSE_TIMEOUT_MS,
    onData(stream, _session, done) {
      simpleParser(stream).then(({ to, subject = '', text = '' }) => {
        const addresses = [to ?? []].flat().map((address) => address.text)
        mails.unshift({
          to: addresses.join(', '),
          subject,
          text,
          links: linksIn(text),
          receivedAt: new Date().toISOString(),
        })
        mails.length = Math.min(mails.length, KEPT)
        done()
      }, done)
    },
  })
  server.on('error', () => {})
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    list: () => mails,
    stop: () => new Promise((closed) => server.close(() => closed())),
  }
}

/** A link ends before the punctuation of its sentence. */
function linksIn(text: string): string[] {
  return (text.match(/https?:\/\/\S+/g) ?? []).map((link) => link.replace(/[.,;:!?'")\]>]+$/, ''))
}
