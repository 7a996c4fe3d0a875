import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { House } from './test-house.ts'
import {
  DESKTOP,
  expectAccessible,
  expectBalanceAsShown,
  expectFits,
  keep,
  newVisitor,
  PHONE,
  picture,
  seen,
} from './test-screens.ts'
import { openTill } from './test-till.ts'

/** The web shop's journeys: from the menu to an order that is fetched, or cancelled. */
export function shopJourneys(house: () => House): void {
  it('a member orders ahead on a phone with a reward, and cancels: the reward is back', async () => {
    const { id, phone } = await house().member(100)
    const { visitor, page } = await openShop(house(), PHONE)
    await page.getByRole('button', { name: 'Hot Dog' }).tap()
    await expectAccessible(page, 'shop menu')
    await picture(page, 'shop-menu', [page.getByRole('heading', { name: 'Order ahead' })])
    await page.getByRole('button', { name: /^Check out/ }).tap()
    await page.getByLabel('Phone number').fill('12')
    await page.getByRole('button', { name: 'Sign in' }).tap()
    await seen(page.getByText('This is not a phone number.'))
    await page.getByLabel('Phone number').fill(phone)
    await page.getByRole('button', { name: 'Sign in' }).tap()
    await seen(page.getByText('You have 100 points.'))
    await page.getByText('$5 Off').tap()
    await seen(page.getByText('-$5.00'))
    await page.getByLabel('When do you want it?').selectOption({ index: 4 })
    const wanted = await page.getByLabel('When do you want it?').locator('option:checked').textContent()
    await page.getByRole('button', { name: /^Place the order/ }).tap()
    await seen(page.getByText('Type a name that we can call out.'))
    await page.getByLabel('Your name').fill('Ada')
    await expectAccessible(page, 'shop checkout')
    await expectFits(page)
    await picture(page, 'shop-checkout', [page.getByRole('heading', { name: 'Check your order' })])
    await page.getByRole('button', { name: /^Place the order/ }).tap()

    await seen(page.getByRole('heading', { name: /^Order \d+/ }))
    await seen(page.getByText(`Wanted ${wanted?.toLowerCase().replace(/ [ap]m/, '')}`))
    expect(await house().loyalty.rewardCount(id, '$5 Off'), 'kept for this order').toBe(0)
    await expectAccessible(page, 'shop order')
    await keep(page, 'shop-order')
    await page.getByRole('button', { name: 'Cancel order' }).tap()
    await expectAccessible(page, 'shop cancel')
    await page.getByRole('button', { name: 'Yes, cancel it' }).tap()
    await seen(page.getByText('Cancelled', { exact: true }))
    await keep(page, 'shop-cancelled')
    expect(await house().loyalty.rewardCount(id, '$5 Off')).toBe(1)
    expect(await house().loyalty.points(id)).toBe(100)
    await visitor.close()
  })

  it('a guest orders ahead on a desktop, sees it become ready, pays at the counter and gets a code', async () => {
    const { visitor, page } = await openShop(house(), DESKTOP)
    await page.getByRole('button', { name: 'Asian' }).click()
    await page.getByRole('button', { name: 'Korean Beef Bowl' }).click()
    await page.getByText('Hot', { exact: true }).click()
    await page.getByRole('button', { name: /^Add for/ }).click()
    await expectAccessible(page, 'shop on a desktop')
    await picture(
      page,
      'shop-desktop',
      [page.getByRole('complementary', { name: 'Your order' }).getByText('Korean Beef Bowl')],
      800,
    )
    await page.getByRole('button', { name: /^Check out/ }).click()
    await page.getByLabel('Your name').fill('Grace')
    await page.getByRole('button', { name: /^Place the order/ }).click()
    const heading = page.getByRole('heading', { name: /^Order \d+/ })
    await seen(heading)
    const number = /\d+/.exec((await heading.textContent()) ?? '')?.[0] ?? ''

    await collectAtTill(house(), number, async () => {
      await seen(page.getByRole('status').getByText('Ready at the counter'))
      await picture(page, 'shop-status', [page.getByText('You pay when you pick it up.')], 800)
    })
    await seen(page.getByRole('status').getByText('Picked up and paid'))
    await keep(page, 'shop-picked-up')
    const code = (await page.getByTestId('claim-code').textContent()) ?? ''
    const { id } = await house().member(0)
    const claimed = await house().loyalty.post(`/loyalty/accounts/${id}/claims`, { receipt_code: code })
    expect(claimed.http, claimed.text).toBe(200)
    await visitor.close()
  })

  it('a member’s order ahead earns when it is fetched, and its page says so', async () => {
    const { id, phone } = await house().member(100)
    const { visitor, page } = await openShop(house(), DESKTOP, 'es-US')
    await page.getByRole('button', { name: 'Perro caliente' }).click()
    await page.getByRole('button', { name: /^Pagar/ }).click()
    await page.getByLabel('Número de teléfono').fill(phone)
    await page.getByRole('button', { name: 'Identificarse' }).click()
    await page.getByText('$5 Off').click()
    await seen(page.getByText('-$5.00'))
    await page.getByLabel('Su nombre').fill('Alan')
    await page.getByRole('button', { name: /^Hacer el pedido/ }).click()
    const heading = page.getByRole('heading', { name: /^Pedido \d+/ })
    await seen(heading)
    await collectAtTill(house(), /\d+/.exec((await heading.textContent()) ?? '')?.[0] ?? '')
    await seen(page.getByText(/Su saldo es ahora/))
    await expectBalanceAsShown(house(), page.locator('main'), id, /saldo es ahora de ([\d,]+) puntos?/)
    await visitor.close()
  })

  it('tells nobody else of an order', async () => {
    const { visitor, page } = await openShop(house(), DESKTOP)
    await page.goto(`${house().url}/shop/orders/00000000-0000-4000-8000-000000000000`)
    await seen(page.getByRole('heading', { name: 'There is no such order in this browser.' }))
    await expectAccessible(page, 'shop unknown order')
    await visitor.close()
  })
}

async function openShop(house: House, options: typeof PHONE, locale = 'en-US') {
  const visitor = await newVisitor(house, { ...options, locale })
  const page: Page = await visitor.open('/shop')
  return { visitor, page }
}

/** Somebody at the counter calls it ready, and takes the money. */
async function collectAtTill(house: House, number: string, whenReady?: () => Promise<void>): Promise<void> {
  const till = await openTill(house, '5')
  await till.register.getByRole('button', { name: 'Orders' }).click()
  const drawer = till.register.getByRole('dialog')
  await drawer.getByRole('button', { name: number }).first().click()
  await drawer.getByRole('button', { name: 'Ready' }).click()
  await whenReady?.()
  await drawer.getByRole('button', { name: 'Cash' }).click()
  await till.register.getByRole('button', { name: 'Take cash' }).click()
  await seen(till.receipt)
  await till.close()
}
