import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestBrand, HOUR, MINUTE, NOON, type TestBrand } from './test-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await createTestBrand()
})
afterAll(() => brand.stop())

/** Asks for verification and returns the link that was mailed. */
async function askFor(customer: Parameters<TestBrand['post']>[0], now = NOON): Promise<string> {
  await brand.post({ ...customer, verifyEmail: true }, { now })
  const [mail] = await brand.takeMails()
  if (!mail) throw new Error('no mail was sent')
  return mail.link
}

async function opened(link: string, now?: number) {
  const verification = await brand.open(link, now)
  if (!('memberId' in verification)) throw new Error(`not opened: ${verification.outcome}`)
  return verification
}

const identityOf = async (memberId: string) =>
  (await brand.rows<Record<string, unknown>>(`select * from identities where member_id = ${memberId}`))[0]

it('makes the member, who then is known by phone and by email', async () => {
  const link = await askFor({
    phone: '4155551001',
    email: 'Ann@example.com',
    password: 'correct horse',
    firstName: 'Ann',
    favoriteStore: '999999',
  })
  const { outcome, memberId } = await opened(link)
  expect(outcome).toBe('verified')
  expect(await identityOf(memberId)).toMatchObject({ phone: '+14155551001', email: 'Ann@example.com', first_name: 'Ann' })
  expect(await brand.post({ phone: '4155551001' })).toMatchObject({ value: { kind: 'known', memberId } })
  expect(await brand.post({ email: 'ann@example.com' })).toMatchObject({ value: { kind: 'known', memberId } })
  expect(brand.joined.filter((joined) => joined.memberId === memberId)).toHaveLength(1)
})

it('is harmless twice, also at the same instant, and after the link has expired', async () => {
  const link = await askFor({ phone: '4155551002', email: 'twice@example.com' })
  const all = await Promise.all(Array.from({ length: 8 }, () => opened(link)))
  expect(all.filter(({ outcome }) => outcome === 'verified')).toHaveLength(1)
  expect(new Set(all.map(({ memberId }) => memberId)).size).toBe(1)
  expect(await brand.open(link, NOON + 48 * HOUR)).toMatchObject({ outcome: 'already_verified', memberId: all[0]?.memberId })
  expect(brand.joined.filter(({ memberId }) => memberId === all[0]?.memberId)).toHaveLength(1)
})

it('works for 24 hours, not longer', async () => {
  const link = await askFor({ phone: '4155551003', email: 'late@example.com' })
  expect(await brand.open(link, NOON + 24 * HOUR)).toMatchObject({ outcome: 'expired', brand: 'Taste of the World' })
  expect(await brand.open(link, NOON + 24 * HOUR - 1)).toMatchObject({ outcome: 'verified' })
})

it('does not know a link that was never sent', async () => {
  expect(await brand.open('https://loyalty.test/verify-email?token=test_nothing')).toEqual({ outcome: 'unknown' })
  expect(await brand.open('https://loyalty.test/verify-email')).toEqual({ outcome: 'unknown' })
})

it('keeps neither token nor address nor password in the clear', async () => {
  const link = await askFor({
    phone: '4155551004',
    email: 'secret@example.com',
    firstName: 'Confidential',
    password: 'correct horse',
  })
  const token = new URL(link).searchParams.get('token') ?? '-'
  const text = JSON.stringify(await brand.rows('select * from registrations'))
  expect(token).toMatch(/^test_[\w-]{43}$/)
  for (const secret of [token, token.slice(5), 'Confidential', 'argon2id']) expect(text).not.toContain(secret)
})

it('gives email and password to the phone that has become a member meanwhile', async () => {
  const link = await askFor({ phone: '4155551005', email: 'meanwhile@example.com', password: 'correct horse' })
  const starter = await brand.post({ phone: '4155551005', firstName: 'Till' })
  const { memberId } = await opened(link)
  expect(starter).toMatchObject({ value: { kind: 'created', memberId } })
  expect(await identityOf(memberId)).toMatchObject({
    email: 'meanwhile@example.com',
    first_name: 'Till',
    password_hash: expect.stringContaining('$argon2id$'),
  })
})

it('lets two links of one person be opened in any order: one member, the first password stays', async () => {
  const first = await askFor({ phone: '4155551006', email: 'pair@example.com', password: 'first' })
  const second = await askFor({ phone: '4155551006', email: 'pair@example.com', password: 'second' }, NOON + 11 * MINUTE)
  const { memberId } = await opened(second)
  const before = await identityOf(memberId)
  expect((await opened(first)).memberId).toBe(memberId)
  expect(await identityOf(memberId)).toEqual(before)
})

it('takes a second link with a corrected phone as the same person, whose first phone stays', async () => {
  const first = await askFor({ phone: '4155551007', email: 'typo@example.com' })
  const second = await askFor({ phone: '4155551008', email: 'typo@example.com' }, NOON + 11 * MINUTE)
  const { memberId } = await opened(second)
  expect((await opened(first)).memberId).toBe(memberId)
  expect(await identityOf(memberId)).toMatchObject({ phone: '+14155551008' })
})

it('refuses when phone or email have come to belong to a member that the link does not prove', async () => {
  const phoneTaken = await askFor({ phone: '4155551009', email: 'nine@example.com' })
  await brand.post({ phone: '4155551009', email: 'somebody@example.com' })
  expect(await brand.open(phoneTaken)).toMatchObject({ outcome: 'taken' })

  const both = await askFor({ phone: '4155551010', email: 'ten@example.com' })
  await brand.post({ phone: '4155551010' })
  await brand.post({ phone: '4155551011', email: 'ten@example.com' })
  expect(await brand.open(both)).toMatchObject({ outcome: 'taken' })
})

it('does nothing for whoever got the phone of the known member that the link was for', async () => {
  const answer = await brand.post({ phone: '4155551012' })
  const link = await askFor({ phone: '4155551012', email: 'moved@example.com', password: 'correct horse' })
  const memberId = answer.ok && 'memberId' in answer.value ? answer.value.memberId : ''
  await brand.rows(`update identities set phone = null, email = 'new@example.com' where member_id = ${memberId}`)
  await brand.rows(`delete from identity_keys where member_id = ${memberId}`)
  expect(await brand.open(link)).toMatchObject({ outcome: 'taken' })
  await brand.post({ phone: '4155551012' })
  expect(await brand.open(link)).toMatchObject({ outcome: 'taken' })
})

it('survives opening and creating the same person at the same instant', async () => {
  for (let i = 0; i < 5; i++) {
    const customer = { phone: `415555110${i}`, email: `race${i}@example.com` }
    const link = await askFor(customer)
    const [verification, ...answers] = await Promise.all([opened(link), ...Array.from({ length: 5 }, () => brand.post(customer))])
    for (const answer of answers) expect(answer).toMatchObject({ value: { memberId: verification.memberId } })
    expect(brand.joined.filter(({ memberId }) => memberId === verification.memberId)).toHaveLength(1)
  }
})
