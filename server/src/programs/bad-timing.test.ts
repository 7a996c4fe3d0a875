import { describe, expect, it } from 'vitest'
import { readProgramFile } from './read-program-file.ts'

const MENU = { name: 'menu.csv', products: ['101', '102'], categories: ['American', 'Italian'], labels: ['Hamburger', 'Lasagna'] }
const brand = (
  rest: string,
  earn = '{ points: 1, per: "1.00" }',
) => `account: { id: "1", name: A, currency: USD, country: US, timezone: UTC }
stores: [ { code: "1", name: One } ]
program: { type: points_banking, earn: ${earn} }
${rest}
`
const reward = (more: string) => brand(`rewards:\n  r: { label: R, amount: 1, points: 5, ${more} }`)
const campaign = (text: string) => brand(`rewards: { r: { label: R, amount: 1, points: 5 } }\ncampaigns:\n  c: ${text}`)
const order = (when: string) => campaign(`{ trigger: order, do: [ { points: 1 } ], when: ${when} }`)

describe('what can never happen is refused where it stands', () => {
  it.each<[string, string, RegExp]>([
    [
      'rewards.r.when',
      reward('when: { days: [mon], from: "2026-03-03", until: "2026-03-08" }'),
      /no day meets from, until, days together/,
    ],
    [
      'campaigns.c.when',
      order('{ from: "2026-12-24", until: "2026-12-26", blackout: [["2026-12-20", "2026-12-31"]] }'),
      /from, until, blackout/,
    ],
    ['campaigns.c.when', order('{ days: [mon], recurs: { rule: "FREQ=WEEKLY;BYDAY=TU", from: "2026-01-06" } }'), /days, recurs/],
    [
      'campaigns.c.when',
      order('{ until: "2026-01-31", recurs: { rule: "FREQ=MONTHLY;BYMONTHDAY=15", from: "2026-01-16" } }'),
      /until, recurs/,
    ],
    [
      'campaigns.c.on',
      campaign('{ trigger: date, on: "2026-07-04", when: { days: [mon] }, do: [ { points: 1 } ] }'),
      /leaves out 2026-07-04, which is a sat/,
    ],
    [
      'campaigns.c.on',
      campaign('{ trigger: date, on: "2026-07-04", when: { blackout: ["2026-07-04"] }, do: [ { points: 1 } ] }'),
      /never fires/,
    ],
    ['campaigns.c.when.joined_before', order('{ joined_after: "2026-02-01", joined_before: "2026-02-02" }'), /nobody joined/],
    ['campaigns.c.when.stores', order('{ stores: [] }'), /at least one entry/],
    ['campaigns.c.when.between', order('{ between: ["12:00", "12:00"] }'), /no time at all/],
    ['rewards.r.expire', reward('expire: { warn: 2 days }'), /one of after, inactive, on; got none/],
    ['rewards.r.expire', reward('expire: { after: 2 days, on: "2026-12-31" }'), /got after and on/],
    ['rewards.r.expire.after_shown', reward('expire: { after_shown: 0 hours }'), /longer than nothing/],
    ['rewards.r.expire.warn', reward('expire: { after: 10 days, after_shown: 2 hours, warn: 3 hours }'), /shorter than 2 hours/],
    ['rewards.r.expire.warn[1]', reward('expire: { after: 10 days, warn: [1 day, 1 day] }'), /stands here twice/],
  ])('%s', (path, text, message) => {
    const read = readProgramFile(text, 'brand.yaml')
    const found = read.ok ? [] : read.problems
    const problem = found.find((one) => one.path === path)
    expect(problem?.message, JSON.stringify(found)).toMatch(message)
    expect(problem?.line).toBeGreaterThan(3)
  })

  it.each([
    ['{ days: [mon], from: "2026-03-03", until: "2026-03-09" }'],
    ['{ days: [tue], recurs: { rule: "FREQ=WEEKLY;BYDAY=TU,WE", from: "2026-01-06" } }'],
    ['{ recurs: { rule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", from: "2026-01-01" } }'],
    ['{ from: "2026-12-24", blackout: [["2026-12-20", "2026-12-31"]] }'],
    ['{ joined_after: "2026-02-01", joined_before: "2026-02-03" }'],
  ])('and what can, is not: %s', (when) => {
    expect(readProgramFile(order(when), 'brand.yaml')).toMatchObject({ ok: true, warnings: [] })
  })
})

describe('what is probably not meant is warned about where it stands', () => {
  const warned = (text: string) => {
    const read = readProgramFile(text, 'brand.yaml', { today: '2026-06-01', menu: MENU })
    return read.ok ? read.warnings.map(({ path, message }) => [path, message]) : read.problems
  }

  it.each<[string, string, RegExp]>([
    ['rewards.r.when.until', reward('when: { until: "2026-05-31" }'), /is past: this reward applies no more; move the date/],
    ['campaigns.c.when.until', order('{ until: "2026-05-31" }'), /this campaign applies no more/],
    ['campaigns.c.on', campaign('{ trigger: date, on: "2026-05-31", do: [ { points: 1 } ] }'), /fires no more/],
    ['rewards.r.expire.on', reward('expire: { on: "2026-05-31" }'), /has expired already/],
    [
      'rewards.r.expire.on',
      reward('expire: { on: "2026-05-31" }')
        .replace('type: points_banking', 'type: points, threshold: 100, reward: r')
        .replace('points: 5, ', ''),
      /points that reach the threshold turn into a reward that has expired already, and are lost/,
    ],
    ['campaigns.c.do[0].multiply', campaign('{ trigger: order, do: [ { multiply: 1 } ] }'), /did you mean 2/],
    [
      'campaigns.c.items.categories[0]',
      campaign('{ trigger: order, items: { categories: [Italien] }, do: [ { points: 1 } ] }'),
      /menu.csv has no category Italien; did you mean Italian/,
    ],
    [
      'campaigns.c.items.categories[0]',
      campaign('{ trigger: order, items: { categories: [Sushi] }, do: [ { points: 1 } ] }'),
      /it has American, Italian/,
    ],
    ['rewards.r.of.products[1]', reward('of: { products: ["101", "999"] }'), /no product 999/],
    ['rewards.r.buy.of.labels[0]', reward('buy: { quantity: 1, of: { labels: [Hamburgers] } }'), /did you mean Hamburger/],
    [
      'program.earn.exclude.categories[0]',
      brand('rewards: { r: { label: R, amount: 1, points: 5 } }', '{ points: 1, exclude: { categories: [Americn] } }'),
      /did you mean American/,
    ],
  ])('%s', (path, text, message) => {
    expect(warned(text)).toEqual([[path, expect.stringMatching(message)]])
  })

  it.each([
    [reward('when: { until: "2026-06-01" }')],
    [campaign('{ trigger: order, items: { categories: [ITALIAN], labels: [lasagna] }, do: [ { points: 1 } ] }')],
    [brand('rewards: { r: { label: R, amount: 1, points: 5 } }', '{ points: 1, exclude: { categories: [Gift cards] } }')],
  ])('and what is fine, is not: %#', (text) => {
    expect(warned(text)).toEqual([])
  })
})
