/** A program file as the document describes it; the tests write it as JSON. */
export interface ProgramFile {
  account: { id: string; name: string; currency: string; country: string; timezone: string }
  stores: readonly ({ code: string; name: string } & Section)[]
  program: { type: ProgramType } & Section
  rewards: Readonly<Record<string, Section>>
  campaigns?: Readonly<Record<string, Section>>
  settings?: Section
  tiers?: Section
}

type ProgramType = 'points' | 'visits' | 'points_banking' | 'shop_with_points'
type Section = { readonly [key: string]: unknown }

export const DEMO_STORE = '999999'
export const OTHER_STORE = '888888'
export const ACCOUNT = '33559'

/** What a test changes of a program: sections are merged key by key, lists and the program's type are replaced. */
export interface ProgramChange {
  readonly account?: Partial<ProgramFile['account']>
  readonly stores?: ProgramFile['stores']
  readonly program?: Section
  readonly rewards?: Readonly<Record<string, Section>>
  readonly campaigns?: Readonly<Record<string, Section>>
  readonly settings?: Section
  readonly tiers?: Section
}

/** R5: $5 off the basket for 100 points. */
export const R5 = '$5 Off'
/** R10: 10 % off, at most $3.00, for 150 points. */
export const R10 = '10% Off'

/** The House program of scenarios.md: points banking, 1 point per $1.00 of net qualifying spend, R5 and R10, holds of 24 hours. */
export function houseProgram(change: ProgramChange = {}): ProgramFile {
  return changed(
    {
      account: { id: ACCOUNT, name: 'Taste of the World', currency: 'USD', country: 'US', timezone: 'America/New_York' },
      stores: [
        { code: DEMO_STORE, name: 'Demo Store', timezone: 'America/New_York', city: 'New York', state: 'NY', zip: '10001' },
        { code: OTHER_STORE, name: 'Second Store', timezone: 'America/New_York' },
      ],
      program: {
        type: 'points_banking',
        units: 'points',
        earn: { points: 1, per: '1.00', exclude: { categories: ['Gift cards'] } },
      },
      rewards: {
        'five-off': { label: R5, offer: 'rebate', amount: '5.00', points: 100, code: '5OFF' },
        'ten-percent': { label: R10, offer: 'discount', percent: 10, max: '3.00', points: 150, code: '10PCT' },
      },
      settings: { hold: '24 hours' },
    },
    change,
  )
}

/** One point for every cent that was paid, so that balances show from outside what each line cost net of its share. */
export function centProgram(change: ProgramChange = {}): ProgramFile {
  return changed(houseProgram({ program: { earn: { points: 1, per: '0.01' } } }), change)
}

/** A points program: each 100 points turn into $5 off, good for 30 days. */
export function thresholdProgram(change: ProgramChange = {}): ProgramFile {
  const { account, stores, settings } = houseProgram()
  return changed(
    {
      account,
      stores,
      settings,
      program: { type: 'points', units: 'points', earn: { points: 1, per: '1.00' }, threshold: 100, reward: 'five-off' },
      rewards: { 'five-off': { label: R5, offer: 'rebate', amount: '5.00', code: '5OFF', expire: { after: '30 days' } } },
    },
    change,
  )
}

export const FREE_COFFEE = 'Free Coffee'

/** A stamp card: one for each coffee, and the tenth turns into a free one. */
export function stampProgram(change: ProgramChange = {}): ProgramFile {
  const { account, stores, settings } = houseProgram()
  return changed(
    {
      account,
      stores,
      settings,
      program: {
        type: 'visits',
        units: 'stamps',
        earn: { stamps: 1, of: { categories: ['Coffee'] } },
        threshold: 10,
        reward: 'free-coffee',
      },
      rewards: { 'free-coffee': { label: FREE_COFFEE, offer: 'gift', free: 1, of: { categories: ['Coffee'] }, code: 'COFFEE' } },
    },
    change,
  )
}

/** A visit card: one for each purchase, and the third turns into $5 off. */
export function visitProgram(change: ProgramChange = {}): ProgramFile {
  const { account, stores, settings } = houseProgram()
  return changed(
    {
      account,
      stores,
      settings,
      program: { type: 'visits', units: 'visits', earn: { visits: 1 }, threshold: 3, reward: 'five-off' },
      rewards: { 'five-off': { label: R5, offer: 'rebate', amount: '5.00', code: '5OFF' } },
    },
    change,
  )
}

/** Points that pay: earned at 100 per $1.00, and worth one cent each unless the test says otherwise. */
export function shopProgram(valuePerPoint = '0.01', change: ProgramChange = {}): ProgramFile {
  const { account, stores, settings } = houseProgram()
  return changed(
    {
      account,
      stores,
      settings,
      program: { type: 'shop_with_points', units: 'points', earn: { points: 1, per: '0.01' }, value_per_point: valuePerPoint },
      rewards: {},
    },
    change,
  )
}

function changed(program: ProgramFile, change: ProgramChange): ProgramFile {
  return {
    account: { ...program.account, ...change.account },
    stores: change.stores ?? program.stores,
    program: { ...program.program, ...change.program },
    rewards: { ...program.rewards, ...change.rewards },
    ...(program.campaigns || change.campaigns ? { campaigns: { ...program.campaigns, ...change.campaigns } } : {}),
    settings: { ...program.settings, ...change.settings },
    ...(change.tiers && { tiers: change.tiers }),
  }
}
