import { createTransport } from 'nodemailer'

/** Hands mails to an SMTP server. `id` becomes the Message-ID, so that a mail which is sent twice can be told for one. */
export interface Mailer {
  /** @throws when the server does not take it. */
  send(mail: { to: string; subject: string; text: string; id?: string }): Promise<void>
  /** @throws when the server cannot be reached or refuses the login. */
  check(): Promise<void>
  close(): void
}

const TIMEOUT_MS = 20_000

export function createMailer({ url, from }: { url: string; from: string }): Mailer {
  const transport = createTransport(
    { url, connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    { from },
  )
  return {
    async send({ id, ...mail }) {
      await transport.sendMail({ ...mail, ...(id !== undefined && { messageId: `<${id}@regulars>` }) })
    },
    async check() {
      await transport.verify()
    },
    close: () => transport.close(),
  }
}
