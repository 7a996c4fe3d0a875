import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { House } from './test-house.ts'
import { newVisitor, seen, TILL, type Visitor } from './test-screens.ts'

/** A register with the two screens beside it, and what somebody does there. */
export interface TillScreens {
  readonly register: Page
  readonly items: Locator
  readonly totals: Locator
  readonly receipt: Locator
  /** The small screen of the payment device. */
  device(): Promise<Page>
  display(): Promise<Page>
  add(dish: string, category?: string): Promise<void>
  lookUp(phone: string): Promise<void>
  choose(reward: string): Promise<void>
  /** Starts a card payment; the device has it when this is done. */
  card(): Promise<Page>
  cash(): Promise<void>
  next(): Promise<void>
  close(): Promise<void>
}

export async function openTill(house: House, till: string): Promise<TillScreens> {
  // A window of its own for each screen, as in a shop: of the tabs of one window only the first is drawn in time.
  const visitors: Visitor[] = []
  const openScreen = async (screen: string): Promise<Page> => {
    const visitor = await newVisitor(house, TILL)
    visitors.push(visitor)
    return visitor.open(`/${screen}?till=${till}#code=${house.staffCode}`)
  }
  const register = await openScreen('register')
  const items = register.getByRole('list', { name: 'Items' })
  const totals = register.getByTestId('totals')
  const receipt = register.getByRole('dialog', { name: /^Paid/ })
  await seen(register.getByRole('button', { name: 'Member by phone' }))
  let deviceOpened: Page | undefined
  const device = async () => {
    deviceOpened ??= await openScreen('device')
    return deviceOpened
  }
  return {
    ...{ register, items, totals, receipt, device },
    display: () => openScreen('display'),
    async add(dish, category) {
      if (category) await register.getByRole('button', { name: category, exact: true }).click()
      await register.getByRole('button', { name: dish }).first().click()
      await seen(items.getByText(dish))
    },
    async lookUp(phone) {
      await register.getByRole('button', { name: 'Member by phone' }).click()
      const dialog = register.getByRole('dialog')
      for (const digit of phone) await dialog.getByRole('button', { name: digit, exact: true }).click()
      await dialog.getByRole('button', { name: 'Look up' }).click()
      await dialog.waitFor({ state: 'hidden' })
    },
    async choose(reward) {
      await register.getByRole('button', { name: new RegExp(`^${reward.replace('$', '\\$')}`) }).click()
    },
    async card() {
      const screen = await device()
      await register.getByRole('button', { name: 'Card', exact: true }).click()
      await seen(screen.getByText('Tap, insert or swipe the card'))
      return screen
    },
    async cash() {
      await register.getByRole('button', { name: 'Cash', exact: true }).click()
      await register.getByRole('button', { name: 'Take cash' }).click()
    },
    async next() {
      await receipt.getByRole('button', { name: 'Next customer' }).click()
      await receipt.waitFor({ state: 'hidden' })
      await seen(register.getByText('Tap a dish to add it.'))
    },
    async close() {
      for (const visitor of visitors) await visitor.close()
    },
  }
}

/** How long a tap takes until it is drawn, as the browser itself measures it (Event Timing); what it finds too short to report counts as 16 ms. */
export async function measureTaps(page: Page, tap: () => Promise<void>, times: number): Promise<number[]> {
  await page.evaluate(`{
    window.taps = []
    const begun = performance.now() // An earlier tap may be reported only now.
    new PerformanceObserver((list) => {
      for (const { name, startTime, duration } of list.getEntries())
        if (name === 'click' && startTime >= begun) window.taps.push(duration)
    }).observe({ type: 'event', durationThreshold: 16 })
  }`)
  for (let tapped = 0; tapped < times; tapped += 1) await tap()
  const reported = (await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(window.taps), 200)))',
  )) as number[]
  expect(reported.length).toBeLessThanOrEqual(times)
  return [...reported, ...Array.from({ length: times - reported.length }, () => 16)].sort((a, b) => a - b)
}
