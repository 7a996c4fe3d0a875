import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe } from 'vitest'
import { type House, openHouse } from './test-house.ts'
import { kioskJourneys } from './test-kiosk.ts'
import { loadJourneys } from './test-loads.ts'
import { registerJourneys } from './test-register.ts'
import { ARTEFACTS } from './test-screens.ts'
import { shopJourneys } from './test-shop.ts'

/** Building the screens takes seconds, or a minute on a busy machine. */
const OPEN_MS = 240_000

let open: House | undefined
beforeAll(async () => {
  await rm(ARTEFACTS, { recursive: true, force: true })
  open = await openHouse()
}, OPEN_MS)
afterAll(() => open?.close())

const house = (): House => {
  if (!open) throw new Error('the house is not open')
  return open
}

// One house for all of them: starting it takes as long as ten journeys.
describe('first load', () => loadJourneys(house))
describe('kiosk', () => kioskJourneys(house))
describe('web shop', () => shopJourneys(house))
describe('register', () => registerJourneys(house))
