import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A mail server that takes its time over every word, and counts what it has taken. */
export interface SlowSmtp {
  readonly url: string
  /** Whom a mail has reached. */
  readonly recipients: ReadonlySet<string>
  mails(): number
  close(): void
}

export async function startSlowSmtp(replyMs: number): Promise<SlowSmtp> {
  const recipients = new Set<string>()
  const open = new Set<Socket>()
  let mails = 0
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    let text = ''
    let to: string[] = []
    let inData = false
    // One reply after the other: what arrives meanwhile waits.
    let replies = say('220 slow')
    function say(line: string): Promise<void> {
      return sleep(replyMs).then(() => void (socket.writable && socket.write(`${line}\r\n`)))
    }
    const reply = (line: string) => {
      replies = replies.then(() => say(line))
    }
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        if (inData) {
          if (line !== '.') continue
          inData = false
          mails += 1
          for (const address of to) recipients.add(address)
          to = []
          reply('250 taken')
        } else if (/^DATA/i.test(line)) {
          inData = true
          reply('354 go on')
        } else if (/^QUIT/i.test(line)) {
          replies = replies.then(() => void socket.end('221 bye\r\n'))
        } else {
          const [, address] = /^RCPT TO:<([^>]+)>/i.exec(line) ?? []
          if (address !== undefined) to.push(address)
          reply('250 ok')
        }
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `smtp://127.0.0.1:${port}`,
    recipients,
    mails: () => mails,
    close: () => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
