import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import type { House } from './test-house.ts'
import { DESKTOP, newVisitor } from './test-screens.ts'

const FIRST_LOAD_BYTES_MAX = 200_000

/** What each screen loads when it is opened for the first time. */
export function loadJourneys(house: () => House): void {
  it.each(['register', 'display', 'device', 'kiosk', 'shop'])(
    '%s: the first load is under 200 kB, compressed',
    async (screen) => {
      const visitor = await newVisitor(house(), DESKTOP)
      const bodies: Promise<Buffer>[] = []
      visitor.context.on('response', (response) => {
        if (!response.url().includes('/api/')) bodies.push(response.body())
      })
      const page = await visitor.open(`/${screen}#code=${house().staffCode}`)
      await page.getByRole('main').first().waitFor()
      await page.waitForLoadState('load')
      const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length)
      const total = sizes.reduce((sum, size) => sum + size, 0)
      console.log(`${screen}: ${(total / 1000).toFixed(0)} kB in ${sizes.length} files`)
      expect(total).toBeLessThan(FIRST_LOAD_BYTES_MAX)
      await visitor.close()
    },
  )
}
