import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { House } from './test-house.ts'
import {
  expectAccessible,
  expectBalanceAsShown,
  expectFits,
  expectTouchable,
  KIOSK,
  keep,
  newVisitor,
  picture,
  seen,
} from './test-screens.ts'

const TOUCH_MIN = 64
const TILL = 'kiosk-1'
const BALANCE = /Your balance is now ([\d,]+) points?/

/** The kiosk's journeys, whole: from "touch to order" to the receipt. */
export function kioskJourneys(house: () => House): void {
  it('a member orders at the kiosk by touch, uses a reward, and pays by card', async () => {
    const { id, phone } = await house().member(120)
    const { visitor, page, device } = await openKiosk(house())
    await picture(page, 'kiosk-start', [page.getByRole('heading', { name: 'Order here' })], 360)
    await expectAccessible(page, 'kiosk start')
    await expectTouchable(page, TOUCH_MIN)
    await page.getByRole('button', { name: 'English' }).tap()

    await page.getByRole('button', { name: 'Hamburger' }).first().tap()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Bacon').tap()
    await expectAccessible(page, 'kiosk dish')
    await expectTouchable(page, TOUCH_MIN)
    await keep(page, 'kiosk-dish')
    await dialog.getByRole('button', { name: 'Add for $14.95' }).tap()
    await page.getByRole('button', { name: 'Mexican' }).tap()
    await page.getByRole('button', { name: 'Chips & Salsa' }).tap()
    await expectAccessible(page, 'kiosk menu')
    await expectTouchable(page, TOUCH_MIN)
    await picture(page, 'kiosk-menu', [page.getByText('Chicken Tacos')], 360)
    await page.getByRole('button', { name: /Check out/ }).tap()

    await seen(page.getByRole('heading', { name: 'Earn points with this order?' }))
    for (const digit of phone) await page.getByRole('button', { name: digit, exact: true }).tap()
    await expectAccessible(page, 'kiosk phone')
    await expectTouchable(page, TOUCH_MIN)
    await keep(page, 'kiosk-phone')
    await page.getByRole('button', { name: 'Continue', exact: true }).tap()

    await page.getByText('$5 Off').tap()
    await seen(page.getByText('-$5.00'))
    await expectAccessible(page, 'kiosk review')
    await expectTouchable(page, TOUCH_MIN)
    await picture(page, 'kiosk-review', [page.getByText('You have 120 points.')], 360)
    await page.getByRole('button', { name: /^Pay \$/ }).tap()
    await device.untilWaiting()
    await expectAccessible(page, 'kiosk paying')
    await expectTouchable(page, TOUCH_MIN)
    await keep(page, 'kiosk-paying')
    await device.press('approve')

    await seen(page.getByRole('heading', { name: 'Thank you!' }))
    await expectAccessible(page, 'kiosk receipt')
    await keep(page, 'kiosk-receipt')
    await expectBalanceAsShown(house(), page.locator('main'), id, BALANCE)
    await page.getByRole('button', { name: 'Done' }).tap()
    await seen(page.getByRole('heading', { name: 'Order here' }))
    await visitor.close()
  })

  it('a guest orders in Spanish by keyboard alone, and gets a code', async () => {
    const { visitor, page, device } = await openKiosk(house())
    await press(page, 'Español')
    await seen(page.getByRole('heading', { name: '¿Qué le gustaría?' }))
    expect(await page.evaluate('document.documentElement.lang')).toBe('es')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1')
    await press(page, 'Papas fritas')
    await press(page, 'Hamburguesa vegetariana')
    await press(page, /^Añadir por/)
    expect(await page.getByRole('status').textContent()).toContain('Hamburguesa vegetariana añadido')
    await press(page, /^Pagar/)
    await seen(page.getByRole('heading', { name: '¿Ganar puntos con este pedido?' }))
    await press(page, 'Seguir como invitado')
    await seen(page.getByRole('heading', { name: 'Revise su pedido' }))
    await expectAccessible(page, 'kiosk review in Spanish')
    await keep(page, 'kiosk-revision')
    await press(page, /con tarjeta$/)
    await device.untilWaiting()
    await device.press('approve')
    await seen(page.getByRole('heading', { name: '¡Gracias!' }))
    await keep(page, 'kiosk-gracias')
    const code = (await page.getByTestId('claim-code').textContent()) ?? ''
    const { id } = await house().member(0)
    const claimed = await house().loyalty.post<{ points_earned?: number }>(`/loyalty/accounts/${id}/claims`, {
      receipt_code: code,
    })
    expect(claimed.http, claimed.text).toBe(200)
    expect(await house().loyalty.points(id)).toBeGreaterThan(0)
    await visitor.close()
  })

  it('a declined card takes no money and no reward, and the order can be paid again', async () => {
    const { id, phone } = await house().member(100)
    const { visitor, page, device } = await openKiosk(house())
    await startOrder(page)
    await page.keyboard.type(phone)
    await page.getByRole('button', { name: 'Continue', exact: true }).tap()
    await page.getByText('$5 Off').tap()
    await seen(page.getByText('-$5.00'))
    await page.getByRole('button', { name: /^Pay \$/ }).tap()
    await device.untilWaiting()
    await device.press('decline')
    await seen(page.getByText('The card was declined. Nothing was charged.'))
    await expectAccessible(page, 'kiosk declined')
    await keep(page, 'kiosk-declined')
    expect(await house().loyalty.rewardCount(id, '$5 Off')).toBe(1)
    await page.getByRole('button', { name: /^Pay \$/ }).tap()
    await device.untilWaiting()
    await device.press('approve')
    await seen(page.getByRole('heading', { name: 'Thank you!' }))
    await expectBalanceAsShown(house(), page.locator('main'), id, BALANCE)
    await visitor.close()
  })

  it('clears itself when nobody is there, after asking, and stays when somebody is', async () => {
    const { visitor, page } = await openKiosk(house())
    await page.clock.install()
    await page.getByRole('button', { name: 'English' }).tap()
    await page.getByRole('button', { name: 'Fries' }).tap()
    await page.clock.runFor(61_000)
    await seen(page.getByRole('dialog').getByText('Your order is cleared in'))
    await expectAccessibleStill(page)
    await keep(page, 'kiosk-idle')
    await page.getByRole('button', { name: 'I’m still here' }).tap()
    await page.clock.runFor(1_000)
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await seen(page.getByRole('button', { name: /Check out · \$/ }))
    await page.clock.runFor(91_000)
    await seen(page.getByRole('heading', { name: 'Order here' }))
    await visitor.close()
  })

  it('is usable at 200 % zoom, and can be left anywhere', async () => {
    const { visitor, page } = await openKiosk(house(), { width: 540, height: 960 })
    await expectFits(page)
    await startOrder(page)
    await expectFits(page)
    await keep(page, 'kiosk-zoomed')
    await page.getByRole('button', { name: 'Continue as guest' }).tap()
    await seen(page.getByRole('heading', { name: 'Check your order' }))
    await expectTouchable(page, TOUCH_MIN)
    await page.getByRole('button', { name: 'Cancel order' }).tap()
    await page.getByRole('button', { name: 'Yes, cancel it' }).tap()
    await seen(page.getByRole('heading', { name: 'Order here' }))
    await visitor.close()
  })
}

async function openKiosk(house: House, viewport = KIOSK.viewport ?? { width: 1080, height: 1920 }) {
  const visitor = await newVisitor(house, { ...KIOSK, viewport })
  const page = await visitor.open(`/kiosk#code=${house.kioskCode}`)
  await seen(page.getByRole('heading', { name: 'Order here' }))
  return { visitor, page, device: deviceOf(house, page) }
}

/** The card reader beside the kiosk. */
function deviceOf({ url }: House, page: Page) {
  const at = `${url}/api/devices/${TILL}`
  return {
    untilWaiting: () => seen(page.locator('[data-device=waiting]')),
    async press(press: 'approve' | 'decline') {
      const reply = await page.context().request.post(at, { data: { press } })
      expect(reply.status(), await reply.text()).toBe(200)
    },
  }
}

async function startOrder(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'English' }).tap()
  await page.getByRole('button', { name: 'Hot Dog' }).tap()
  await page.getByRole('button', { name: /Check out/ }).tap()
  await page.getByLabel('Phone number').focus()
}

/** As somebody does who has no pointer: Tab until it is there, then Enter. */
async function press(page: Page, name: string | RegExp): Promise<void> {
  const button = page.getByRole('button', { name }).first()
  await seen(button)
  for (let steps = 0; steps < 80; steps += 1) {
    if ((await button.and(page.locator(':focus')).count()) === 1) return page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
  }
  throw new Error(`${name} cannot be reached with Tab`)
}

/** axe waits with timers, which stand still here: it is given its own time. */
async function expectAccessibleStill(page: Page): Promise<void> {
  await page.clock.resume()
  await expectAccessible(page, 'kiosk idle')
}
