import { escapeHtml } from '../platform/index.ts'
import type { Verification } from './open-verification.ts'

/** What the browser shows after a link was opened: HTML without scripts, and the HTTP status that goes with it. */
export function verificationPage(verification: Verification): { status: 200 | 404 | 409 | 410; html: string } {
  const { status, title, text } = wording(verification)
  return { status, html: page(title, text) }
}

/** Send with the page: it needs nothing from anywhere, and its address holds a one-time token that no other site and no cache should see. */
export const VERIFICATION_PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

function wording(verification: Verification): { status: 200 | 404 | 409 | 410; title: string; text: string } {
  switch (verification.outcome) {
    case 'verified':
      return {
        status: 200,
        title: 'Your email address is confirmed',
        text: `Welcome to ${verification.brand}. Give your phone number when you order, and your points are counted. You can close this page.`,
      }
    case 'already_verified':
      return {
        status: 200,
        title: 'Your email address was confirmed before',
        text: `You are a member of ${verification.brand}, and there is nothing left to do. You can close this page.`,
      }
    case 'expired':
      return {
        status: 410,
        title: 'This link has expired',
        text: `A link works for 24 hours. Please sign up with ${verification.brand} once more, and you get a new one.`,
      }
    case 'taken':
      return {
        status: 409,
        title: 'This link can no longer be used',
        text: `The email address or the phone number belongs to another member by now. Please ask ${verification.brand} for help.`,
      }
    case 'unknown':
      return {
        status: 404,
        title: 'This link is not known',
        text: 'Please check that the whole address was copied from the mail, up to its last letter.',
      }
  }
}

function page(title: string, text: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1.125rem/1.5 system-ui, sans-serif; background: #f6f6f3; color: #1c1c1a }
main { max-width: 32rem; margin: 1rem; padding: 2rem; border-radius: .75rem; background: #fff; border: 1px solid #d9d9d3 }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25 }
p { margin: 0 }
@media (prefers-color-scheme: dark) {
  body { background: #161615; color: #ededea }
  main { background: #20201e; border-color: #3c3c38 }
}
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
</main>
</body>
</html>
`
}
