import type { Request } from 'playwright-core'
import { expect, it } from 'vitest'
import type { House } from './test-house.ts'
import { DESKTOP, newVisitor } from './test-screens.ts'

const FIRST_LOAD_BYTES_MAX = 200_000

/** What each screen loads when it is opened for the first time, as it goes over the wire: compressed. */
export function loadJourneys(house: () => House): void {
  it.each(['register', 'display', 'device', 'kiosk', 'shop'])('%s: the first load is under 200 kB', async (screen) => {
    const visitor = await newVisitor(house(), DESKTOP)
    const finished: Request[] = []
    visitor.context.on('requestfinished', (request) => finished.push(request))
    const page = await visitor.open(`/${screen}#code=${house().staffCode}`)
    await page.getByRole('main').first().waitFor()
    const sizes = await Promise.all([...finished].map(async (request) => (await request.sizes()).responseBodySize))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    console.log(`${screen}: ${(total / 1000).toFixed(0)} kB in ${sizes.length} answers`)
    expect(total).toBeLessThan(FIRST_LOAD_BYTES_MAX)
    expect(total, 'the application itself is among them').toBeGreaterThan(FIRST_LOAD_BYTES_MAX / 4)
    await visitor.close()
  })
}
