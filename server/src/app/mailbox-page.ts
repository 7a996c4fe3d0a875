import { escapeHtml, type ReceivedMail } from '../platform/index.ts'

/** What `dev` has received, for a person: newest first, links that can be clicked. */
export function mailboxPage(mails: readonly ReceivedMail[]): string {
  const articles = mails.map(
    ({ to, subject, text, receivedAt }) => `<article>
<h2>${escapeHtml(subject)}</h2>
<p class="meta">to ${escapeHtml(to)}, <time>${escapeHtml(receivedAt)}</time></p>
<pre>${escapeHtml(text).replace(/https?:\/\/[^\s<]+/g, (link) => `<a href="${link}">${link}</a>`)}</pre>
</article>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox (dev)</title>
<style>
:root { color-scheme: light dark }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText }
h1 { font-size: 1.5rem; margin: 0 0 1rem }
h2 { font-size: 1.1rem; margin: 0 }
article { border: 1px solid color-mix(in srgb, CanvasText 22%, Canvas); border-radius: .75rem; padding: 1rem 1.25rem; margin: 0 0 1rem }
.meta { margin: .25rem 0 .75rem; opacity: .75; font-size: .9rem }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: 0 }
</style>
</head>
<body>
<h1>Mailbox</h1>
${articles.length === 0 ? '<p>No mail yet. Create a member with <code>"verify_email": true</code>, and the verification mail arrives here.</p>' : articles.join('\n')}
</body>
</html>
`
}
