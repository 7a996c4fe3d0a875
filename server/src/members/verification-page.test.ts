import { expect, it } from 'vitest'
import { verificationPage } from './verification-page.ts'

it.each([
  [{ outcome: 'verified', memberId: '1', accountId: '1', brand: 'B' }, 200],
  [{ outcome: 'already_verified', memberId: '1', accountId: '1', brand: 'B' }, 200],
  [{ outcome: 'expired', brand: 'B' }, 410],
  [{ outcome: 'taken', brand: 'B' }, 409],
  [{ outcome: 'unknown' }, 404],
] as const)('shows a page for %j', (verification, status) => {
  const page = verificationPage(verification)
  expect(page.status).toBe(status)
  expect(page.html).toMatch(/^<!doctype html>\n<html lang="en">/)
  expect(page.html.match(/<h1>/g)).toHaveLength(1)
  expect(page.html).not.toContain('<script')
})

it('escapes the name of the brand', () => {
  const { html } = verificationPage({ outcome: 'expired', brand: `<script>alert('x')</script> & "Sons"` })
  expect(html).not.toContain('<script>')
  expect(html).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Sons&quot;')
})
