import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getMembership } from './index.ts'
import { createTestBrand, MINUTE, NOON, type TestBrand } from './test-brand.ts'

let brand: TestBrand
beforeAll(async () => {
  brand = await createTestBrand()
})
afterAll(() => brand.stop())

async function memberOf(outcome: ReturnType<TestBrand['post']>): Promise<{ kind: string; memberId: string }> {
  const answered = await outcome
  if (!answered.ok || answered.value.kind === 'waiting') throw new Error(`no member: ${JSON.stringify(answered)}`)
  return { kind: answered.value.kind, memberId: answered.value.memberId }
}

const identity = async (memberId: string) =>
  (
    await brand.rows<Record<string, string | null>>(
      `select *, birthday::text as birthday from identities where member_id = ${memberId}`,
    )
  )[0] ?? {}

describe('one person', () => {
  it('scenario 51: four spellings of a phone are one member', async () => {
    const first = await memberOf(brand.post({ phone: '(415) 555-1234' }))
    expect(first.kind).toBe('created')
    for (const phone of ['4155551234', '1-415-555-1234', '+1 415 555 1234']) {
      expect(await memberOf(brand.post({ phone }))).toEqual({ kind: 'known', memberId: first.memberId })
    }
  })

  it('scenario 51: 50 parallel creates make one member, who is granted once', async () => {
    const before = brand.joined.length
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        memberOf(brand.post({ phone: '4155550050', email: i % 2 ? 'fifty@example.com' : 'Fifty@Example.com' })),
      ),
    )
    expect(answers.filter(({ kind }) => kind === 'created')).toHaveLength(1)
    expect(answers.filter(({ kind }) => kind === 'known')).toHaveLength(49)
    expect(new Set(answers.map(({ memberId }) => memberId)).size).toBe(1)
    expect(brand.joined.length - before).toBe(1)
  })

  it('survives a crowd in which every call pairs other phones with other emails, and every key has one owner', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        brand.post({ phone: `415555010${i % 4}`, email: i % 3 ? `crowd${i % 5}@example.com` : undefined }),
      ),
    )
    for (const outcome of outcomes) if (!outcome.ok) expect(outcome.refusal.error).toBe('email_phone_conflict')
    const strays = await brand.rows(
      `select key from identity_keys k left join identities i using (member_id)
       where k.key is distinct from 'phone:' || i.phone and k.key is distinct from 'email:' || lower(i.email)`,
    )
    expect(strays).toEqual([])
    const keyless = await brand.rows(
      `select 1 from identities i where not exists (select from identity_keys k where k.key = 'phone:' || i.phone)`,
    )
    expect(keyless).toEqual([])
  })

  it('is found by email alone, in any letter case, and with a phone that cannot be one', async () => {
    const { memberId } = await memberOf(brand.post({ phone: '4155550201', email: 'Ann@Example.com' }))
    expect(await memberOf(brand.post({ email: 'ann@EXAMPLE.com' }))).toEqual({ kind: 'known', memberId })
    expect(await memberOf(brand.post({ phone: '123', email: 'ann@example.com' }))).toEqual({ kind: 'known', memberId })
  })

  it('has an id of decimal digits that JSON numbers can hold', async () => {
    const { memberId } = await memberOf(brand.post({ phone: '4155550202' }))
    expect(memberId).toMatch(/^[1-9][0-9]{6,14}$/)
    expect(Number.isSafeInteger(Number(memberId))).toBe(true)
  })
})

describe('refusals change nothing', () => {
  const count = async () => (await brand.rows<{ n: string }>('select count(*) as n from identity_keys'))[0]?.n

  it('phone and email of two members: email_phone_conflict', async () => {
    await brand.post({ phone: '4155550301', email: 'one@example.com' })
    await brand.post({ phone: '4155550302', email: 'two@example.com' })
    const before = await count()
    expect(await brand.post({ phone: '4155550301', email: 'two@example.com' })).toMatchObject({
      ok: false,
      refusal: { error: 'email_phone_conflict' },
    })
    expect(await brand.post({ phone: '4155550303', email: 'two@example.com' })).toMatchObject({
      ok: false,
      refusal: { error: 'email_phone_conflict' },
    })
    expect(await count()).toBe(before)
  })

  it('neither a valid phone nor a known email: phone_invalid', async () => {
    for (const customer of [
      {},
      { phone: '123' },
      { email: 'nobody@example.com' },
      { phone: '', email: 'nobody@example.com', verifyEmail: true },
    ]) {
      expect(await brand.post(customer)).toMatchObject({ ok: false, refusal: { error: 'phone_invalid' } })
    }
  })

  it.each([
    'x<ann@example.com>',
    'x,ann@example.com',
    'x:ann@example.com;',
    '"ann"@example.com',
    'ann@example.com(x)',
    'ann\u0001@example.com',
  ])('an email that a mail program would read as more than an address, %j: field_invalid', async (email) => {
    expect(await brand.post({ phone: '4155550305', email, verifyEmail: true })).toMatchObject({
      ok: false,
      refusal: { error: 'field_invalid' },
    })
  })

  it('a favourite store that the account does not have: store_unknown', async () => {
    expect(await brand.post({ phone: '4155550304', favoriteStore: '1' })).toMatchObject({
      ok: false,
      refusal: { error: 'store_unknown' },
    })
    expect(await brand.rows(`select 1 from identity_keys where key = 'phone:+14155550304'`)).toEqual([])
  })
})

describe('a known person', () => {
  it('gets empty fields filled in and none overwritten', async () => {
    const { memberId } = await memberOf(brand.post({ phone: '4155550401', firstName: 'Ann', smsOptIn: false }))
    await brand.post({
      phone: '4155550401',
      firstName: 'Bea',
      lastName: 'Clark',
      email: 'clark@example.com',
      birthday: '1990-02-28',
      smsOptIn: true,
      emailOptIn: true,
      favoriteStore: '999999',
    })
    await brand.post({
      phone: '4155550401',
      lastName: 'Dole',
      email: 'dole@example.com',
      birthday: '1991-01-01',
      emailOptIn: false,
    })
    expect(await identity(memberId)).toMatchObject({
      first_name: 'Ann',
      last_name: 'Clark',
      email: 'clark@example.com',
      email_verified_at: null,
      birthday: '1990-02-28',
    })
    expect(await getMembership(brand.db, '33559', memberId)).toEqual({
      memberId,
      joinedAt: NOON,
      registered: false,
      birthday: '1990-02-28',
      smsOptIn: false,
      emailOptIn: true,
      favoriteStoreCode: '999999',
    })
    expect(await brand.rows(`select 1 from identity_keys where key = 'email:dole@example.com'`)).toEqual([])
  })

  it('is linked to another account at the first contact, granted once there, and stays the same person', async () => {
    const { memberId } = await memberOf(brand.post({ phone: '4155550402' }))
    expect(await getMembership(brand.db, '44670', memberId)).toBeUndefined()
    const links = await Promise.all(
      Array.from({ length: 10 }, () => memberOf(brand.post({ phone: '4155550402' }, { accountId: '44670' }))),
    )
    expect(links).toEqual(Array(10).fill({ kind: 'known', memberId }))
    expect(brand.joined.filter((joined) => joined.memberId === memberId)).toEqual([
      { accountId: '33559', memberId },
      { accountId: '44670', memberId },
    ])
  })

  it('is not written at all when a call brings nothing new', async () => {
    const { memberId } = await memberOf(brand.post({ phone: '4155550403', firstName: 'Eve' }))
    const xmin = async () => brand.rows(`select xmin::text from identities where member_id = ${memberId}`)
    const before = await xmin()
    await brand.post({ phone: '4155550403', firstName: 'Eve' })
    expect(await xmin()).toEqual(before)
  })
})

describe('credentials', () => {
  it('of a new member are stored at once, the password as argon2id', async () => {
    const { memberId } = await memberOf(brand.post({ phone: '4155550501', email: 'reg@example.com', password: 'correct horse' }))
    expect((await identity(memberId)).password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await getMembership(brand.db, '33559', memberId)).toMatchObject({ registered: true })
  })

  it('of a known member are not taken from whoever knows the phone: the password waits for a link, and the log is told', async () => {
    const { memberId } = await memberOf(brand.post({ phone: '4155550502' }))
    const taken = await brand.post({ phone: '4155550502', email: 'thief@example.com', password: 'mine now' })
    expect(taken).toEqual({ ok: true, value: { kind: 'known', memberId, warnings: ['password_needs_verification'] } })
    expect(await identity(memberId)).toMatchObject({ password_hash: null, email: 'thief@example.com', email_verified_at: null })
    expect(await brand.takeMails()).toEqual([])
  })

  it('of a known member start a registration where verification is asked for, and still answer with the id', async () => {
    const { memberId } = await memberOf(brand.post({ phone: '4155550503' }))
    const answer = await brand.post({
      phone: '4155550503',
      email: 'start@example.com',
      password: 'correct horse',
      verifyEmail: true,
    })
    expect(answer).toEqual({ ok: true, value: { kind: 'known', memberId, warnings: [] } })
    expect(await identity(memberId)).toMatchObject({ email: null, password_hash: null })
    const [mail, ...more] = await brand.takeMails()
    expect(more).toEqual([])
    expect(mail?.to).toBe('start@example.com')

    expect(await brand.open(mail?.link ?? '')).toMatchObject({ outcome: 'verified', memberId })
    expect(await identity(memberId)).toMatchObject({ email: 'start@example.com', email_verified_at: expect.anything() })
    expect(await getMembership(brand.db, '33559', memberId)).toMatchObject({ registered: true })
  })

  it('for another address than the member has never start anything', async () => {
    await brand.post({ phone: '4155550504', email: 'mine@example.com' })
    const answer = await brand.post({ phone: '4155550504', email: 'other@example.com', password: 'mine now', verifyEmail: true })
    expect(answer).toMatchObject({ ok: true, value: { kind: 'known', warnings: ['password_needs_verification'] } })
    expect(await brand.takeMails()).toEqual([])
  })
})

describe('a new person who must verify their email', () => {
  it('waits, and is mailed at most once in ten minutes', async () => {
    const customer = { phone: '4155550601', email: 'wait@example.com', verifyEmail: true }
    for (const now of [NOON, NOON + MINUTE, NOON + 10 * MINUTE - 1]) {
      expect(await brand.post(customer, { now })).toEqual({ ok: true, value: { kind: 'waiting', warnings: [] } })
    }
    expect(await brand.takeMails()).toHaveLength(1)
    await brand.post(customer, { now: NOON + 10 * MINUTE })
    expect(await brand.takeMails()).toHaveLength(1)
    expect(await brand.rows(`select 1 from identity_keys where key = 'phone:+14155550601'`)).toEqual([])
  })

  it('is mailed once by calls at the same instant, and by another spelling of the address', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        brand.post({ phone: '4155550602', email: i % 2 ? 'crowd@example.com' : 'CROWD@example.com', verifyEmail: true }),
      ),
    )
    expect(await brand.takeMails()).toHaveLength(1)
  })
})
