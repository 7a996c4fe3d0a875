import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVault, readMasterKey } from './vault.ts'

const masterKey = Buffer.alloc(32, 7)
const vault = createVault(masterKey)

describe('a sealed secret', () => {
  it('opens where it belongs, and shows nothing of itself', () => {
    const secret = 'grüße, 秘密'
    const sealed = vault.seal(secret, 'credentials/33559/1')
    expect(vault.open(sealed, 'credentials/33559/1')).toBe(secret)
    expect(createVault(Buffer.from(masterKey)).open(sealed, 'credentials/33559/1')).toBe(secret)
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]+\.[\w-]+$/)
    expect(vault.seal(secret, 'credentials/33559/1')).not.toBe(sealed)
    expect(vault.open(vault.seal('', 'a'), 'a')).toBe('')
  })

  it('does not open in another row', () => {
    const sealed = vault.seal('secret', 'credentials/33559/1')
    expect(() => vault.open(sealed, 'credentials/33559/2')).toThrow(
      'a secret of credentials/33559/2 cannot be opened: it was altered',
    )
  })

  it('does not open when a single character was altered', () => {
    const sealed = vault.seal('secret', 'a')
    for (let i = 0; i < sealed.length; i++) {
      const altered = `${sealed.slice(0, i)}${sealed[i] === 'A' ? 'B' : 'A'}${sealed.slice(i + 1)}`
      // The last character of base64 may have bits to spare: what it decodes to counts.
      const same = altered
        .split('.')
        .every((part, at) => Buffer.from(part, 'base64url').equals(Buffer.from(sealed.split('.')[at] ?? '', 'base64url')))
      if (!same) expect(() => vault.open(altered, 'a'), altered).toThrow(/^a secret of a /)
    }
    for (const text of ['', 'v1', 'v1...', `v2${sealed.slice(2)}`, `${sealed}.x`, sealed.split('.').slice(0, 3).join('.')]) {
      expect(() => vault.open(text, 'a')).toThrow(/^a secret of a /)
    }
  })

  it('does not open with the parts of two secrets put together', () => {
    const [one, two] = [vault.seal('one', 'a').split('.'), vault.seal('two', 'a').split('.')]
    expect(() => vault.open([...one.slice(0, 3), two[3]].join('.'), 'a')).toThrow('cannot be opened')
  })

  it('names both keys when it was sealed under another', () => {
    const other = createVault(randomBytes(32))
    const sealed = other.seal('secret', 'a')
    expect(() => vault.open(sealed, 'a')).toThrow(/sealed under master key [0-9a-f]{8}; this server has [0-9a-f]{8}/)
  })
})

describe('the master key', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'regulars-key-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('comes from the environment before the file', async () => {
    const env = masterKey.toString('base64')
    expect(await readMasterKey({ env, keyFile: join(folder, 'unread'), create: true })).toEqual(masterKey)
    await expect(stat(join(folder, 'unread'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is made once, by one of those who come at the same time, and for its owner only', async () => {
    const keyFile = join(folder, 'key')
    const keys = await Promise.all(Array.from({ length: 8 }, () => readMasterKey({ keyFile, create: true })))
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
    expect(Buffer.from(await readFile(keyFile, 'utf8'), 'base64')).toEqual(keys[0])
    expect(await readMasterKey({ keyFile, create: false })).toEqual(keys[0])
  })

  it('is refused with what would be right', async () => {
    const short = join(folder, 'short')
    await writeFile(short, 'c2hvcnQ=')
    await expect(readMasterKey({ keyFile: short, create: true })).rejects.toThrow(
      /32 bytes in base64 \(.*short holds 5\)\. Make one: openssl/,
    )
    await expect(readMasterKey({ env: '', create: true })).rejects.toThrow('REGULARS_MASTER_KEY holds 0')
    await expect(readMasterKey({ keyFile: join(folder, 'absent'), create: false })).rejects.toThrow('there is none')
    await expect(readMasterKey({ create: true })).rejects.toThrow('there is none')
  })
})
