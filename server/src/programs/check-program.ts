import { CURRENCY_CODES } from '@regulars/contract'
import {
  type CampaignDocument,
  currencyDigits,
  isZone,
  offerOf,
  type ProgramDocument,
  parsePeriod,
  type RewardDocument,
  toMinor,
} from '@regulars/engine'
import { conditionFindings, type Known } from './check-conditions.ts'
import { expireFindings } from './check-expire.ts'
import { type Finding, nearestWord } from './check-shape.ts'
import { tierFindings } from './check-tiers.ts'
import { timingFindings } from './check-timing.ts'

type Path = Finding['path']

export interface Checked {
  readonly problems: Finding[]
  /** What may be meant, but probably is not. */
  readonly warnings: Finding[]
}

/** What no schema can see: names that must exist, amounts finer than the currency, settings that contradict each other. */
export function checkProgram(document: ProgramDocument): Checked {
  const check = new Check(document)
  check.account()
  check.stores()
  check.program()
  check.tiers()
  for (const [key, reward] of Object.entries(document.rewards ?? {})) check.reward(key, reward)
  for (const [key, campaign] of Object.entries(document.campaigns ?? {})) check.campaign(key, campaign)
  check.settings()
  check.problems.push(...timingFindings(document))
  return { problems: check.problems, warnings: check.warnings }
}

class Check {
  readonly problems: Finding[] = []
  readonly warnings: Finding[] = []
  private readonly document: ProgramDocument
  private readonly digits: number
  private readonly rewardKeys: string[]
  private readonly known: Known

  constructor(document: ProgramDocument) {
    this.document = document
    this.digits = isCurrency(document.account.currency) ? currencyDigits(document.account.currency) : 2
    this.rewardKeys = Object.keys(document.rewards ?? {})
    this.known = {
      storeCodes: document.stores.map((store) => store.code),
      tierKeys: Object.keys(document.tiers?.levels ?? {}),
    }
  }

  account(): void {
    const { currency, country, timezone } = this.document.account
    if (!isCurrency(currency)) this.wrong(['account', 'currency'], `${currency} is no currency; use an ISO 4217 code such as USD`)
    if (!isCountry(country)) this.wrong(['account', 'country'], `${country} is no country; use an ISO 3166 code such as US`)
    this.zone(['account', 'timezone'], timezone)
  }

  stores(): void {
    const seen = new Set<string>()
    this.document.stores.forEach(({ code, timezone, country }, index) => {
      if (seen.has(code))
        this.wrong(['stores', index, 'code'], `store ${code} stands in the file twice; every store needs a code of its own`)
      seen.add(code)
      if (timezone !== undefined) this.zone(['stores', index, 'timezone'], timezone)
      if (country !== undefined && !isCountry(country))
        this.wrong(['stores', index, 'country'], `${country} is no country; use a code such as US`)
    })
  }

  program(): void {
    const { type, units, expire } = this.document.program
    if (type === 'visits' && units === 'points')
      this.wrong(['program', 'units'], 'a program of type visits counts visits or stamps, not points')
    if (type !== 'visits' && units !== undefined && units !== 'points') {
      this.wrong(['program', 'units'], `${units} belong to the type visits; a program of type ${type} counts points`)
    }
    this.threshold()
    this.value()
    this.earning()
    this.problems.push(...expireFindings(expire, ['program', 'expire']))
    if (type === 'points_banking' && !Object.values(this.document.rewards ?? {}).some((reward) => reward.points !== undefined)) {
      this.wrong(['program', 'type'], 'points banking needs at least one reward with `points`, or the points buy nothing')
    }
  }

  private threshold(): void {
    const { type, threshold, reward } = this.document.program
    if (type === 'points' || type === 'visits') {
      if (threshold === undefined)
        this.wrong(['program'], `a program of type ${type} needs \`threshold\`: how many turn into a reward, such as 100`)
      if (reward === undefined)
        this.wrong(['program'], `a program of type ${type} needs \`reward\`: the key of the reward that the threshold turns into`)
      else this.rewardExists(['program', 'reward'], reward)
      return
    }
    for (const key of ['threshold', 'reward'] as const) {
      if (this.document.program[key] !== undefined)
        this.wrong(['program', key], `\`${key}\` belongs to the types points and visits; remove it for ${type}`)
    }
  }

  private value(): void {
    const { type, value_per_point: value } = this.document.program
    const path = ['program', 'value_per_point']
    if (type === 'shop_with_points') {
      if (value === undefined)
        this.wrong(['program'], 'shop with points needs `value_per_point`: what a point is worth, such as "0.01"')
      else if (Number(value) === 0) this.wrong(path, 'a point must be worth more than 0, such as "0.01"')
      else if (toMinor(value, 6) === undefined) this.wrong(path, 'a point has at most 6 decimals, such as "0.015"')
    } else if (value !== undefined)
      this.wrong(path, `\`value_per_point\` belongs to the type shop_with_points; remove it for ${type}`)
  }

  private earning(): void {
    const { type, units, earn = {} } = this.document.program
    const unit = units ?? (type === 'visits' ? 'visits' : 'points')
    for (const other of ['points', 'visits', 'stamps'] as const) {
      if (other !== unit && earn[other] !== undefined)
        this.wrong(['program', 'earn', other], `this program earns ${unit}: write \`${unit}\` here`)
    }
    if (earn.per !== undefined && unit !== 'points')
      this.wrong(['program', 'earn', 'per'], `${unit} are not earned by amount: remove \`per\``)
    if (unit === 'stamps' && !earn.of)
      this.wrong(['program', 'earn'], 'stamps need `of`: the items that bring one, such as { categories: [Coffee] }')
    if (earn.min_interval !== undefined) this.some(['program', 'earn'], { min_interval: earn.min_interval })
    this.amount(['program', 'earn', 'per'], earn.per, { above: 0 })
    this.amount(['program', 'earn', 'minimum'], earn.minimum)
  }

  tiers(): void {
    const { tiers } = this.document
    if (!tiers) return
    this.problems.push(...tierFindings(tiers, this.digits, this.document.account.currency))
    for (const [key, { enter = [] }] of Object.entries(tiers.levels)) {
      enter.forEach((action, index) => {
        this.action(['tiers', 'levels', key, 'enter', index], 'reaching a tier', action)
      })
    }
  }

  reward(key: string, reward: RewardDocument): void {
    const path = ['rewards', key]
    this.effect(path, reward)
    for (const name of ['amount', 'max'] as const) this.amount([...path, name], reward[name], { above: 0 })
    this.amount([...path, 'price'], reward.price)
    if (
      reward.percent !== undefined &&
      !(Number(reward.percent) > 0 && Number(reward.percent) <= 100 && toMinor(reward.percent, 2) !== undefined)
    ) {
      this.wrong([...path, 'percent'], 'must be above 0 and at most 100, with at most 2 decimals')
    }
    this.problems.push(...expireFindings(reward.expire, [...path, 'expire']))
    this.conditions(path, reward.when)
    this.obtainable(path, key, reward)
  }

  private effect(path: Path, reward: RewardDocument): void {
    const given = (['amount', 'percent', 'price', 'free'] as const).filter((name) => reward[name] !== undefined)
    if (given.length !== 1) {
      const got = given.length === 0 ? 'none of them' : given.join(' and ')
      this.wrong(path, `a reward says what it does by exactly one of amount, percent, price, free; got ${got}`)
    }
    const onItems = given[0] === 'free' || given[0] === 'price' || reward.get !== undefined
    if (onItems && !reward.of && !reward.buy)
      this.wrong(path, 'a reward on items needs `of`: which items, such as { categories: [Desserts] }')
    if (reward.get !== undefined && given[0] === 'free')
      this.wrong([...path, 'get'], '`free` says how many already; remove `get`')
    if (reward.max !== undefined && reward.percent === undefined && reward.free === undefined)
      this.wrong([...path, 'max'], '`max` goes with `percent` or `free`')
    const offer = offerOf(reward)
    if (reward.offer !== undefined && given.length === 1 && !onItems && !reward.buy && reward.offer !== offer) {
      this.wrong([...path, 'offer'], `\`${given[0]}\` without items is a ${offer}, not a ${reward.offer}`)
    }
    if (!onItems && !reward.buy && reward.limits?.per_order !== undefined) {
      this.warn([...path, 'limits', 'per_order'], 'a reward off the sum applies once per order anyway')
    }
  }

  /** Rewards may also be issued by hand, so one that nothing gives is only suspicious. */
  private obtainable(path: Path, key: string, reward: RewardDocument): void {
    const { type, reward: thresholdReward } = this.document.program
    if (reward.points !== undefined && type !== 'points_banking') {
      this.wrong([...path, 'points'], `a reward has a price in points in points banking only; remove \`points\` for ${type}`)
    }
    const actions = [
      ...Object.values(this.document.campaigns ?? {}).flatMap((campaign) => campaign.do),
      ...Object.values(this.document.tiers?.levels ?? {}).flatMap((level) => level.enter ?? []),
    ]
    const granted = actions.some((action) => 'grant' in action && action.grant === key)
    if (reward.points === undefined && thresholdReward !== key && !granted) {
      this.warn(
        path,
        'no member can get this reward by the rules of this file: it has no `points`, no campaign or tier grants it and no threshold turns into it',
      )
    }
  }

  campaign(key: string, campaign: CampaignDocument): void {
    const path = ['campaigns', key]
    const { trigger } = campaign
    this.every(path, campaign)
    this.belongs(path, campaign, 'items', ['order', 'item'])
    this.belongs(path, campaign, 'window', ['birthday'])
    this.belongs(path, campaign, 'on', ['date'])
    this.belongs(path, campaign, 'after', ['inactivity'])
    if (trigger === 'item' && !campaign.items)
      this.wrong(path, 'a campaign of an item needs `items`: which, such as { categories: [Coffee] }')
    this.after(path, campaign)
    this.budget(path, campaign)
    if (trigger === 'date' && campaign.on === undefined) this.wrong(path, 'a campaign of a date needs `on`, such as "2026-12-31"')
    if (campaign.on !== undefined) this.dates(path, { on: campaign.on })
    campaign.do.forEach((action, index) => {
      this.action([...path, 'do', index], trigger, action)
    })
    this.conditions(path, campaign.when)
    if (!['order', 'item', 'visits', 'points', 'spend'].includes(trigger)) {
      for (const name of ['stores', 'sources', 'types', 'renditions', 'min_subtotal'] as const) {
        if (campaign.when?.[name] !== undefined)
          this.wrong([...path, 'when', name], `there is no order at the trigger ${trigger}: remove \`${name}\``)
      }
    }
  }

  /** Who stays away is looked for once a day. */
  private after(path: Path, { trigger, after }: CampaignDocument): void {
    if (after === undefined) {
      if (trigger === 'inactivity') this.wrong(path, 'a campaign of inactivity needs `after`, such as 60 days')
      return
    }
    const unit = parsePeriod(after)?.unit
    if (unit === 'minutes' || unit === 'hours') this.wrong([...path, 'after'], 'must be days or longer, such as "60 days"')
    this.some(path, { after })
  }

  /** A budget that the first firing would exceed, or that nothing counts against. */
  private budget(path: Path, { budget, do: actions, trigger }: CampaignDocument): void {
    if (!budget || 'times' in budget) return
    const bonus = actions.reduce((total, action) => total + ('points' in action ? action.points : 0), 0)
    const counts = actions.some((action) => 'points' in action || 'points_each' in action || 'multiply' in action)
    if (!counts) this.wrong([...path, 'budget', 'points'], 'no action of this campaign gives points: use `times`')
    else if (['registration', 'birthday', 'date', 'inactivity'].includes(trigger) && bonus > budget.points)
      this.wrong([...path, 'budget', 'points'], `is less than the ${bonus} points that come at once, so it can never fire`)
  }

  private every(path: Path, { trigger, every }: CampaignDocument): void {
    if (trigger !== 'visits' && trigger !== 'points' && trigger !== 'spend' && trigger !== 'item') {
      if (every !== undefined)
        this.wrong([...path, 'every'], `\`every\` goes with the triggers visits, points, spend and item, not ${trigger}`)
    } else if (every === undefined && trigger === 'item') return
    else if (every === undefined)
      this.wrong(path, `a campaign on ${trigger} needs \`every\`, such as ${trigger === 'spend' ? '"100.00"' : '10'}`)
    else if (trigger === 'spend') this.amount([...path, 'every'], every, { above: 0 })
    else if (!Number.isSafeInteger(Number(every)) || Number(every) < 1)
      this.wrong([...path, 'every'], 'must be a whole number from 1')
  }

  private action(
    path: Path,
    trigger: CampaignDocument['trigger'] | 'reaching a tier',
    action: CampaignDocument['do'][number],
  ): void {
    const given = (['multiply', 'points', 'points_each', 'grant'] as const).filter((name) => name in action)
    if (given.length !== 1)
      this.wrong(path, 'an action is exactly one of multiply, points, points_each, grant; write two as two entries of the list')
    if ('quantity' in action && !('grant' in action)) this.wrong([...path, 'quantity'], '`quantity` goes with `grant`')
    for (const name of ['multiply', 'points_each'] as const) {
      if (name in action && trigger !== 'order')
        this.wrong([...path, name], `\`${name}\` needs the trigger order, not ${trigger}; use \`points\` or \`grant\``)
    }
    if (
      'multiply' in action &&
      !(Number(action.multiply) >= 1 && Number(action.multiply) <= 1000 && toMinor(action.multiply, 4) !== undefined)
    ) {
      this.wrong([...path, 'multiply'], 'must be from 1 to 1000, with at most 4 decimals')
    } else if ('multiply' in action && Number(action.multiply) === 1)
      this.warn([...path, 'multiply'], 'once the points is what an order earns anyway; did you mean 2?')
    if ('grant' in action) this.rewardExists([...path, 'grant'], action.grant)
  }

  private belongs(
    path: Path,
    campaign: CampaignDocument,
    name: 'items' | 'window' | 'on' | 'after',
    triggers: readonly string[],
  ): void {
    if (campaign[name] === undefined || triggers.includes(campaign.trigger)) return
    this.wrong([...path, name], `\`${name}\` goes with the trigger ${triggers.join(' or ')}, not ${campaign.trigger}`)
  }

  settings(): void {
    const { hold } = this.document.settings ?? {}
    if (hold !== undefined) this.some(['settings'], { hold })
  }

  private conditions(path: Path, when: RewardDocument['when']): void {
    this.problems.push(...conditionFindings(when, [...path, 'when'], this.known))
    this.amount([...path, 'when', 'min_subtotal'], when?.min_subtotal)
  }

  private rewardExists(path: Path, key: string): void {
    if (this.rewardKeys.includes(key)) return
    const near = nearestWord(key, this.rewardKeys)
    const cure = near
      ? `did you mean ${near}?`
      : this.rewardKeys.length === 0
        ? 'add it under `rewards`'
        : `rewards are ${this.rewardKeys.slice(0, 10).join(', ')}`
    this.wrong(path, `there is no reward ${key}; ${cure}`)
  }

  private amount(path: Path, amount: string | number | undefined, { above }: { above?: number } = {}): void {
    if (amount === undefined) return
    const minor = toMinor(amount, this.digits)
    if (minor === undefined)
      this.wrong(path, `${amount} is finer than ${this.document.account.currency}, which has ${this.digits} decimals`)
    else if (above !== undefined && minor <= above) this.wrong(path, 'must be more than 0')
  }

  /** Periods that must not be nothing. */
  private some(path: Path, periods: Readonly<Record<string, string | undefined>>): void {
    for (const [name, period] of Object.entries(periods)) {
      if (period !== undefined && parsePeriod(period)?.count === 0)
        this.wrong([...path, name], 'must be longer than nothing, such as "30 days"')
    }
  }

  private dates(path: Path, dates: Record<string, string>): void {
    this.problems.push(
      ...conditionFindings({ from: dates.on }, path, this.known).map((finding) => ({ ...finding, path: [...path, 'on'] })),
    )
  }

  private zone(path: Path, zone: string): void {
    if (isZone(zone)) return
    const near = nearestWord(zone, Intl.supportedValuesOf('timeZone'))
    this.wrong(path, `${zone} is no time zone; ${near ? `did you mean ${near}?` : 'use a name such as America/New_York'}`)
  }

  private wrong(path: Path, message: string): void {
    this.problems.push({ path, message })
  }

  private warn(path: Path, message: string): void {
    this.warnings.push({ path, message })
  }
}

function isCurrency(code: string): boolean {
  return CURRENCY_CODES.includes(code)
}

function isCountry(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code) !== undefined
}
