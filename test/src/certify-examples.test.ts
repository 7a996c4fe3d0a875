import { join } from 'node:path'
import { expect, it } from 'vitest'
import { regulars } from './command.ts'
import { createCredential, useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

const product = useProduct(houseProgram())
const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples')

/** Program file, its account and store, and what such a program cannot show; with the menu that the command brings. */
const BRANDS = [
  ['taste-of-the-world/program.yaml', '33559', '999999', ['reward_too_few_items', 'points_whole', 'points_part', 'points_more']],
  [
    'points.yaml',
    '40001',
    '100',
    [
      ...['reward_percent_off', 'reward_free_item', 'reward_no_items', 'reward_too_few_items'],
      ...['points_whole', 'points_part', 'points_more'],
    ],
  ],
  [
    'stamps.yaml',
    '40002',
    '1',
    [...['reward_money_off', 'reward_percent_off', 'reward_too_few_items'], ...['points_whole', 'points_part', 'points_more']],
  ],
  ['shop-with-points.yaml', '40003', 'HM1', ['reward_money_off', 'reward_percent_off']],
] as const

it.each(BRANDS)('certifies %s, and sees that it was', { timeout: 90_000 }, async (file, account, store, absent) => {
  const { url, databaseUrl } = product()
  const applied = await regulars(['apply', join(EXAMPLES, file), '--yes', '--database-url', databaseUrl])
  expect(applied.code, applied.stderr).toBe(0)
  const { apiKey, secret } = await createCredential(product(), ['--account', account])
  const partner = ['--url', url, '--key', apiKey, '--secret', secret, '--account', account, '--store', store]
  const run = await regulars(['certify', ...partner, '--json'])
  const { checks } = JSON.parse(run.stdout) as { checks: { name: string; outcome: string; note?: string }[] }
  const of = (outcome: string) => checks.filter((check) => check.outcome === outcome)
  expect([of('failed'), of('blocked')].flat().map(({ name, note }) => [name, note])).toEqual([])
  expect(of('not_applicable').map(({ name }) => name)).toEqual(absent)
  expect(run.code).toBe(0)

  const status = await fetch(`${url}/admin/v1/certification/${apiKey}`, {
    headers: { authorization: `Bearer ${product().adminToken}` },
  })
  const watched = (await status.json()) as { checks: { name: string; state: string }[] }
  expect(watched.checks.filter(({ state }) => state === 'missing')).toEqual([])
})
