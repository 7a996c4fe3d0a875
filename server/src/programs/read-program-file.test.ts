import { CURRENCY_CODES, currencyDigits as wireDigits } from '@regulars/contract'
import { compileProgram, currencyDigits } from '@regulars/engine'
import { describe, expect, it } from 'vitest'
import { readProgramFile } from './read-program-file.ts'
import { RULE_TOOLS } from './rule-tools.ts'

/** The example of the documentation, word for word. */
const EXAMPLE = `account:   { id: "33559", name: Taste of the World, currency: USD, country: US, timezone: America/New_York }
stores:
  - { code: "999999", name: Demo Store, timezone: America/New_York, street: 1 Main St, city: New York, state: NY, zip: "10001",
      latitude: 40.75, longitude: -73.99, phone: "2125550100", hours: "Mo-Su 11:00-23:00" }
program:
  type: points_banking            # points | visits | points_banking | shop_with_points
  units: points                   # points | visits | stamps
  earn:   { points: 1, per: "1.00", exclude: { categories: [Gift cards] } }
  expire: { after: 12 months }    # per lot; or { inactive: 6 months }
rewards:
  five-off:      { label: $5 Off,          offer: rebate,   amount: "5.00",            points: 100, code: 5OFF }
  ten-percent:   { label: 10% Off,         offer: discount, percent: 10, max: "3.00",  points: 150, code: 10PCT,
                   when: { min_subtotal: "20.00", sources: [instore], days: [tue], between: ["15:00", "17:00"] } }
  free-dessert:  { label: Free Dessert,    offer: gift,     free: 1, of: { categories: [Desserts] }, code: DESSERT, expire: { after: 30 days } }
  bogo-burger:   { label: Buy 1 get 1,     offer: gift,     buy: { quantity: 1, of: { categories: [American] } }, free: 1, of: { categories: [American] },
                   limits: { per_order: 1, per_member: 5 } }
campaigns:
  double-tuesday: { trigger: order,        when: { days: [tue] },                     do: [ { multiply: 2 } ] }
  pasta-bonus:    { trigger: order,        items: { categories: [Italian] },          do: [ { multiply: 3 } ], cap: { points: 50, per: day } }
  welcome:        { trigger: registration,                                            do: [ { grant: free-dessert } ] }
  birthday:       { trigger: birthday,     window: { before: 7 days, after: 7 days }, do: [ { grant: five-off } ] }
  tenth-visit:    { trigger: visits,       every: 10,                                 do: [ { points: 100 } ] }
settings: { hold: 24 hours, partial_refunds: keep, refund_shortfall: owe, return_grace: { rewards: 7 days, points: 0 days }, strict_sequence: false, starters_redeem: true }
`

const read = (text: string) => readProgramFile(text, 'brand.yaml')
const problems = (text: string) => {
  const outcome = read(text)
  return outcome.ok ? [] : outcome.problems
}
/** The example with one piece replaced, which must be there. */
const changed = (from: string, to: string) => {
  expect(EXAMPLE).toContain(from)
  return EXAMPLE.replace(from, () => to)
}
const MINIMAL = (program: string, rest = '') => `account: { id: "1", name: A, currency: USD, country: US, timezone: UTC }
stores: [ { code: "1", name: One } ]
program: ${program}
${rest}`

it('reads the documented example, compiles it, and warns of a reward that nothing gives', () => {
  const outcome = read(EXAMPLE)
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems))
  const program = compileProgram(outcome.document, { 'five-off': 1, 'ten-percent': 2, 'free-dessert': 3, 'bogo-burger': 4 })
  expect(program.rewards.get('ten-percent')).toMatchObject({
    rewardId: 2,
    effect: { kind: 'percent', basisPoints: 1000, max: 300 },
  })
  expect(program.settings).toMatchObject({
    holdMs: 86_400_000,
    returnGrace: { rewards: { count: 7, unit: 'days' } },
    lateOrdersMs: 259_200_000,
  })
  expect(outcome.warnings).toMatchObject([{ path: 'rewards.bogo-burger', line: 15, column: 3 }])
})

it('rules and wire agree on the decimals of every currency', () => {
  expect(CURRENCY_CODES.filter((code) => currencyDigits(code) !== wireDigits(code))).toEqual([])
})

it('reads JSON as well', () => {
  const outcome = read(EXAMPLE)
  if (outcome.ok)
    expect(readProgramFile(JSON.stringify(outcome.document, null, 1), 'brand.json')).toMatchObject({
      ok: true,
      document: outcome.document,
    })
})

describe.each<[string, string, RegExp, number]>([
  ['account.id', changed('"33559"', '033559'), /as text.*got \d+, which YAML reads as a number: write it in quotes/, 1],
  ['account.currency', changed('USD', 'USX'), /USX is no currency/, 1],
  ['account.country', changed('country: US', 'country: ZQ'), /no country/, 1],
  [
    'account.timezone',
    changed('timezone: America/New_York }', 'timezone: America/NewYork }'),
    /did you mean America\/New_York/,
    1,
  ],
  ['stores[0].code', changed('code: "999999"', 'code: 999999'), /quotes/, 3],
  ['stores[0].latitude', changed('40.75', '140.75'), /from -90 to 90; got 140.75/, 4],
  ['program.type', changed('type: points_banking', 'type: point_banking'), /did you mean points_banking/, 6],
  ['program.units', changed('units: points', 'units: stamps'), /belong to the type visits/, 7],
  ['program.earn.pre', changed('per: "1.00"', 'pre: "1.00"'), /`pre` is not known here; did you mean per/, 8],
  ['program.earn.per', changed('per: "1.00"', 'per: "0.001"'), /finer than USD, which has 2 decimals/, 8],
  ['program.earn.per', changed('per: "1.00"', 'per: 0'), /more than 0/, 8],
  ['program.earn.exclude', changed('exclude: { categories: [Gift cards] }', 'exclude: {}'), /a group such as/, 8],
  [
    'program.expire',
    changed('{ after: 12 months }', '{ after: 12 months, inactive: 6 months }'),
    /one of after, inactive, on/,
    9,
  ],
  ['program.expire.after', changed('after: 12 months', 'after: twelve months'), /a period such as/, 9],
  ['program.expire.after', changed('after: 12 months', 'after: 0 days'), /longer than nothing/, 9],
  ['rewards.five-off.amount', changed('amount: "5.00", ', 'amount: "-5.00",'), /an amount such as "5.00"; got "-5.00"/, 11],
  ['rewards.five-off', changed('amount: "5.00", ', ''), /exactly one of amount, percent, price, free; got none/, 11],
  ['rewards.five-off', changed('amount: "5.00", ', 'amount: 5, percent: 3,'), /got amount and percent/, 11],
  ['rewards.five-off.offer', changed('offer: rebate', 'offer: gift'), /is a rebate, not a gift/, 11],
  ['rewards.ten-percent.percent', changed('percent: 10,', 'percent: 101,'), /at most 100/, 12],
  ['rewards.ten-percent.when.between[0]', changed('"15:00"', '"3pm"'), /a time such as "15:00"; got "3pm"/, 13],
  ['rewards.ten-percent.when.between', changed('["15:00", "17:00"]', '["15:00", "15:00"]'), /no time at all/, 13],
  ['rewards.ten-percent.when.days[0]', changed('days: [tue], b', 'days: [tues], b'), /did you mean tue/, 13],
  [
    'rewards.ten-percent.when.stores[0]',
    changed('sources: [instore]', 'stores: ["99999"]'),
    /no store 99999 in this file; did you mean 999999/,
    13,
  ],
  ['rewards.ten-percent.when.from', changed('sources: [instore]', 'from: 2026-02-30'), /no date of the calendar/, 13],
  [
    'rewards.ten-percent.when.until',
    changed('sources: [instore]', 'from: 2026-02-03, until: 2026-02-01'),
    /ends before it starts/,
    13,
  ],
  ['rewards.free-dessert.of', changed('of: { categories: [Desserts] }', 'of: {}'), /a group such as/, 14],
  ['rewards.free-dessert', changed(' of: { categories: [Desserts] },', ''), /needs `of`/, 14],
  [
    'campaigns.welcome.do[0].grant',
    changed('grant: free-dessert', 'grant: free-desert'),
    /no reward free-desert; did you mean free-dessert/,
    20,
  ],
  ['campaigns.birthday.window.befor', changed('before: 7 days', 'befor: 7 days'), /did you mean before/, 21],
  ['campaigns.tenth-visit', changed('every: 10, ', ''), /needs `every`/, 22],
  ['campaigns.tenth-visit.every', changed('every: 10, ', 'every: 1.5,'), /whole number/, 22],
  ['campaigns.welcome.do[0].multiply', changed('{ grant: free-dessert }', '{ multiply: 2 }'), /needs the trigger order/, 20],
  ['campaigns.double-tuesday.do[0]', changed('{ multiply: 2 }', '{ multiply: 2, points: 1 }'), /two entries/, 18],
  ['campaigns.Welcome', changed('welcome: ', 'Welcome: '), /lower-case words/, 20],
  ['settings.hold', changed('hold: 24 hours', 'hold: 0 hours'), /longer than nothing/, 23],
  ['settings.strict_sequence', changed('strict_sequence: false', 'strict_sequence: no'), /true or false; got "no"/, 23],
  ['', changed('settings:', 'account:'), /twice/, 23],
  ['', changed('stores:\n', 'stores:\n\t- a'), /tab/i, 3],
  ['', '', /empty/, 1],
  ['', 'just text', /must be account, stores and program; got "just text"/, 1],
  ['', `${EXAMPLE}---\na: 1\n`, /several documents/, 24],
])('%s', (path, text, message, lineNumber) => {
  it(`names ${message}`, () => {
    const found = problems(text)
    expect(found.map((problem) => problem.path)).toContain(path)
    const problem = found.find((one) => one.path === path)
    expect(problem?.message).toMatch(message)
    expect([problem?.file, problem?.line]).toEqual(['brand.yaml', lineNumber])
  })
})

it.each([
  ['{ type: points, threshold: 100 }', /needs `reward`/],
  ['{ type: visits, reward: r }', /needs `threshold`/],
  ['{ type: visits, threshold: 5, reward: r, units: points }', /visits or stamps, not points/],
  ['{ type: visits, threshold: 5, reward: r, units: stamps }', /stamps need `of`/],
  ['{ type: visits, threshold: 5, reward: r, earn: { points: 1 } }', /earns visits: write `visits`/],
  ['{ type: points, threshold: 0, reward: r }', /from 1 to/],
  ['{ type: points_banking, threshold: 5 }', /belongs to the types points and visits/],
  ['{ type: points_banking }', /at least one reward with `points`/],
  ['{ type: shop_with_points }', /needs `value_per_point`/],
  ['{ type: shop_with_points, value_per_point: "0" }', /more than 0/],
  ['{ type: points, threshold: 5, reward: q }', /no reward q; did you mean r/],
])('a program that contradicts itself is refused: %s', (program, message) => {
  const found = problems(MINIMAL(program, 'rewards: { r: { label: R, amount: 1 } }'))
  expect(found.some((problem) => message.test(problem.message))).toBe(true)
})

describe('tiers, recurrences, expressions and the campaigns around an order', () => {
  const LADDER =
    'tiers: { by: points, over: { last: 12 months }, levels: { silver: { label: Silver, from: 500 }, gold: { label: Gold, from: 1000 } } }'
  const brand = (rest: string, reward = '{ label: R, amount: 1, points: 5 }') =>
    MINIMAL('{ type: points_banking }', `rewards: { r: ${reward} }\n${rest}`)
  const withWhen = (when: string) => brand(LADDER, `{ label: R, amount: 1, points: 5, when: ${when} }`)
  const campaign = (text: string) => brand(`campaigns: { c: ${text} }`)

  it.each([
    [LADDER],
    [
      'tiers: { by: spend, over: { calendar: year }, grace: 3 months, levels: { vip: { label: V, from: "99.50", multiply: 1.5, enter: [ { grant: r }, { points: 5 } ] } } }',
    ],
    ['campaigns: { c: { trigger: inactivity, after: 60 days, do: [ { grant: r } ] } }'],
    ['campaigns: { c: { trigger: registration, budget: { points: 10 }, do: [ { points: 10 } ] } }'],
    ['campaigns: { c: { trigger: order, budget: { times: 500 }, do: [ { grant: r } ] } }'],
    ['campaigns: { c: { trigger: item, items: { categories: [Coffee] }, every: 5, do: [ { grant: r } ] } }'],
    ['campaigns: { c: { trigger: item, items: { categories: [Coffee] }, do: [ { points: 1 } ] } }'],
  ])('accepts %s', (rest) => {
    expect(problems(brand(rest))).toEqual([])
  })

  it.each([
    ['{ tiers: [gold] }'],
    ['{ recurs: { rule: "FREQ=MONTHLY;BYDAY=1TU", from: "2026-01-06" } }'],
    ['{ cel: "order.subtotal >= 2000" }'],
    ['{ cel: { if: "size(items) > 2", says: three items } }'],
  ])('accepts when: %s, and compiles it', (when) => {
    const outcome = read(withWhen(when))
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems))
    expect(compileProgram(outcome.document, { r: 1 }, RULE_TOOLS).rewards.size).toBe(1)
  })

  it.each<[string, string, RegExp]>([
    ['rewards.r.when.tiers[0]', withWhen('{ tiers: [golden] }'), /no tier golden in this file; did you mean gold\?/],
    ['rewards.r.when.recurs.rule', withWhen('{ recurs: { rule: "FREQ=HOURLY", from: "2026-01-06" } }'), /FREQ is one of DAILY/],
    [
      'rewards.r.when.recurs.rule',
      withWhen('{ recurs: { rule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", from: "2026-01-06" } }'),
      /ever comes/,
    ],
    ['rewards.r.when.recurs.from', withWhen('{ recurs: { rule: "FREQ=DAILY", from: "2026-02-30" } }'), /no date of the calendar/],
    ['rewards.r.when.cel', withWhen('{ cel: "order.total > 1" }'), /No such key: total/],
    ['rewards.r.when.cel.if', withWhen('{ cel: { if: "1", says: one } }'), /must say true or false/],
    ['tiers.levels.b.from', brand(LADDER.replace('silver: {', 'a: { label: A, from: 500 }, b: {')), /same step as a/],
    ['tiers.levels.gold.from', brand(LADDER.replace('from: 1000', 'from: 0')), /more than 0/],
    ['tiers.levels.gold.from', brand(LADDER.replace('from: 1000', 'from: 10.5')), /whole number of points/],
    [
      'tiers.levels.gold.from',
      brand(LADDER.replace('by: points', 'by: spend').replace('from: 1000', 'from: 10.555')),
      /finer than USD/,
    ],
    ['tiers.levels.gold.multiply', brand(LADDER.replace('from: 1000', 'from: 1000, multiply: 0.5')), /from 1 to 1000/],
    [
      'tiers.levels.gold.enter[0].multiply',
      brand(LADDER.replace('from: 1000', 'from: 1000, enter: [ { multiply: 2 } ]')),
      /not reaching a tier; use `points` or `grant`/,
    ],
    [
      'tiers.levels.gold.enter[0].grant',
      brand(LADDER.replace('from: 1000', 'from: 1000, enter: [ { grant: x } ]')),
      /no reward x/,
    ],
    ['tiers.over.last', brand(LADDER.replace('12 months', '90 days')), /months or years/],
    ['tiers.over.last', brand(LADDER.replace('12 months', '11 years')), /10 years/],
    ['tiers.over', brand(LADDER.replace('{ last: 12 months }', '{ last: 1 year, calendar: year }')), /one of last, calendar/],
    ['tiers.levels', brand('tiers: { by: points, over: { last: 1 year }, levels: {} }'), /no tier/],
    ['campaigns.c', campaign('{ trigger: inactivity, do: [ { points: 1 } ] }'), /needs `after`, such as 60 days/],
    ['campaigns.c.after', campaign('{ trigger: inactivity, after: 5 hours, do: [ { points: 1 } ] }'), /days or longer/],
    ['campaigns.c.after', campaign('{ trigger: inactivity, after: 0 days, do: [ { points: 1 } ] }'), /longer than nothing/],
    [
      'campaigns.c.after',
      campaign('{ trigger: order, after: 5 days, do: [ { points: 1 } ] }'),
      /goes with the trigger inactivity/,
    ],
    ['campaigns.c', campaign('{ trigger: item, do: [ { points: 1 } ] }'), /needs `items`/],
    ['campaigns.c.budget', campaign('{ trigger: order, budget: {}, do: [ { points: 1 } ] }'), /one of times, points/],
    ['campaigns.c.budget.times', campaign('{ trigger: order, budget: { times: 0 }, do: [ { points: 1 } ] }'), /from 1 to/],
    [
      'campaigns.c.budget.points',
      campaign('{ trigger: order, budget: { points: 9 }, do: [ { grant: r } ] }'),
      /no action of this campaign gives points: use `times`/,
    ],
    [
      'campaigns.c.budget.points',
      campaign('{ trigger: registration, budget: { points: 9 }, do: [ { points: 10 } ] }'),
      /less than the 10 points that come at once/,
    ],
    [
      'campaigns.c.every',
      campaign('{ trigger: item, items: { labels: [a] }, every: 0, do: [ { points: 1 } ] }'),
      /whole number from 1/,
    ],
    [
      'campaigns.c.when.sources',
      campaign('{ trigger: inactivity, after: 5 days, when: { sources: [web] }, do: [ { points: 1 } ] }'),
      /no order at the trigger/,
    ],
  ])('%s is refused where it stands', (path, text, message) => {
    const problem = problems(text).find((one) => one.path === path)
    expect(problem?.message).toMatch(message)
    expect(problem?.line).toBeGreaterThan(3)
  })
})

it('accepts each type of program in its plainest form', () => {
  const rest = 'rewards: { r: { label: R, amount: 1 } }'
  for (const program of [
    '{ type: points, threshold: 100, reward: r }',
    '{ type: visits, threshold: 5, reward: r }',
    '{ type: visits, units: stamps, threshold: 5, reward: r, earn: { stamps: 1, of: { categories: [Coffee] } } }',
    '{ type: shop_with_points, value_per_point: "0.015" }',
  ]) {
    expect(problems(MINIMAL(program, rest))).toEqual([])
  }
  expect(problems(MINIMAL('{ type: points_banking }', 'rewards: { r: { label: R, amount: 1, points: 5 } }'))).toEqual([])
})

it('names all mistakes at once, in the order of the file', () => {
  const text = EXAMPLE.replace('currency: USD', 'curency: USD')
    .replace('percent: 10,', 'percent: "10%",')
    .replace('every: 10', 'every: ten')
  expect(problems(text).map(({ line, path }) => [line, path])).toEqual([
    [1, 'account'],
    [1, 'account.curency'],
    [12, 'rewards.ten-percent.percent'],
    [22, 'campaigns.tenth-visit.every'],
  ])
})
