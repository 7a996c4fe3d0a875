import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import type { BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { House } from './test-house.ts'

const REPOSITORY = join(import.meta.dirname, '..', '..', '..')
/** Every step of every journey, for whoever wants to see what a test saw; git-ignored, kept by CI. */
export const ARTEFACTS = join(REPOSITORY, '.data', 'browser')
const PICTURES = join(REPOSITORY, 'docs', 'pictures')
/** `REGULARS_PICTURES=update` takes the README's pictures anew; otherwise they are left, since pixels differ between machines. */
const TAKES_PICTURES = process.env.REGULARS_PICTURES === 'update'
const PICTURE_BYTES_MAX = 80 * 1024
/** Generous: the machine may be busy, and a journey waits for nothing longer than it must. */
const PATIENCE_MS = 20_000

export const TILL: BrowserContextOptions = { viewport: { width: 1024, height: 768 } }
export const KIOSK: BrowserContextOptions = { viewport: { width: 1080, height: 1920 }, hasTouch: true }
export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }

/** A browser of its own, with what it asked for and complained about. */
export interface Visitor {
  readonly context: BrowserContext
  open(path: string): Promise<Page>
  /** Whatever went to another host, and whatever a page complained about. */
  complaints(): readonly string[]
  close(): Promise<void>
}

export async function newVisitor(house: House, options: BrowserContextOptions): Promise<Visitor> {
  const context = await house.browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  context.on('request', (request) => {
    if (!request.url().startsWith(`${house.url}/`)) complaints.push(`asked another host: ${request.url()}`)
  })
  context.on('console', (message) => {
    // A refusal is an answer: the browser notes its status, the screen says what it means.
    const isRefusal = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text())
  })
  await context.addInitScript(TELL_NAMELESS)
  context.on('weberror', (error) => complaints.push(error.error().stack ?? error.error().message))
  return {
    context,
    async open(path) {
      const page = await context.newPage()
      await page.goto(house.url + path)
      return page
    },
    complaints: () => complaints,
    async close() {
      await context.close()
      expect(complaints).toEqual([])
    },
  }
}

/** A dialog has its name when it is put on the page: what is added a moment later, a screen reader does not say. */
const TELL_NAMELESS = `new MutationObserver((changes) => {
  for (const { addedNodes } of changes)
    for (const added of addedNodes) {
      if (!(added instanceof Element)) continue
      const dialogs = [added, ...added.querySelectorAll('*')].filter((element) => element.matches('[role=dialog], dialog'))
      for (const dialog of dialogs)
        if (!dialog.ariaLabel) console.error('a dialog without a name: ' + dialog.outerHTML.slice(0, 200))
    }
}).observe(document, { childList: true, subtree: true })`

let steps = 0

/** What the screen shows at a step, into the artefacts. */
export async function keep(page: Page, name: string): Promise<void> {
  await mkdir(ARTEFACTS, { recursive: true })
  steps += 1
  await page.screenshot({ path: join(ARTEFACTS, `${String(steps).padStart(2, '0')}-${name}.png`) })
}

/** One of the README's pictures, taken when asked for; what it shows must be there in any case. */
export async function picture(page: Page, name: string, shown: readonly Locator[], width?: number): Promise<void> {
  for (const locator of shown) await seen(locator)
  await keep(page, name)
  const file = join(PICTURES, `${name}.png`)
  if (TAKES_PICTURES) {
    await mkdir(PICTURES, { recursive: true })
    const png = await page.screenshot()
    const small = width === undefined ? png : await shrink(page.context(), png, width)
    expect(small.length, `${name}.png is too large`).toBeLessThan(PICTURE_BYTES_MAX)
    await writeFile(file, small)
  }
  await access(file)
}

/** A tall screen is shown at a fraction of its size; a browser draws that well. */
async function shrink(context: BrowserContext, png: Buffer, width: number): Promise<Buffer> {
  const page = await context.newPage()
  const url = await page.evaluate(`(async () => {
    const bytes = Uint8Array.from(atob('${png.toString('base64')}'), (letter) => letter.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = document.createElement('canvas')
    canvas.width = ${width}
    canvas.height = Math.round(image.height * ${width} / image.width)
    const pen = canvas.getContext('2d')
    pen.imageSmoothingQuality = 'high'
    pen.drawImage(image, 0, 0, canvas.width, canvas.height)
    return canvas.toDataURL('image/png')
  })()`)
  await page.close()
  return Buffer.from(String(url).split(',')[1] ?? '', 'base64')
}

/** Waits until it is on the screen. */
export async function seen(locator: Locator): Promise<void> {
  await locator.first().waitFor({ state: 'visible' })
}

/** What the screen says the member has is what the loyalty server says. */
export async function expectBalanceAsShown(house: House, part: Locator, member: string, said: RegExp): Promise<void> {
  const text = await part.innerText()
  const shown = Number(said.exec(text)?.[1]?.replaceAll(',', ''))
  expect(shown, text).toBe(await house.loyalty.points(member))
}

interface Violation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

const ALL_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Nothing that axe knows to be wrong; by dark only the colours are another. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const passes = [
    { colorScheme: 'light', runOnly: ALL_RULES },
    { colorScheme: 'dark', runOnly: ['color-contrast'] },
  ] as const
  // Given to the page by the debugger, which no content security policy stops: the policy itself stays as it is.
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe.source)
  for (const { colorScheme, runOnly } of passes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = (await page.evaluate(
      `axe.run(document, { resultTypes: ['violations'], runOnly: ${JSON.stringify(runOnly)} })`,
    )) as { violations: readonly Violation[] }
    const found = violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join('\n')}`,
    )
    expect(found, `${where}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}

/** Everything that is touched is at least so high and wide, and nothing is cut off at the side. */
export async function expectTouchable(page: Page, least: number): Promise<void> {
  const small =
    await page.evaluate(`[...document.querySelectorAll('button, a[href], label:has(input[type=radio]), label:has(input[type=checkbox]), select, input[type=tel]')]
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && (box.height < ${least} || box.width < ${least}))
    .map(({ element, box }) => element.outerHTML.slice(0, 120) + ' ' + box.width + '×' + box.height)`)
  expect(small).toEqual([])
  await expectFits(page)
}

/** No sideways scrolling. */
export async function expectFits(page: Page): Promise<void> {
  const beyond = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  expect(beyond, 'the page is wider than the screen').toBeLessThanOrEqual(0)
}
