import { execFile } from 'node:child_process'
import { promisify, stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { lineOf, startProgress } from './progress.ts'

function screen(isTTY: boolean, columns = 120) {
  const written: string[] = []
  let time = 0
  return {
    written,
    pass: (ms: number) => {
      time += ms
    },
    start: (total?: number) =>
      startProgress({
        label: 'orders',
        ...(total !== undefined && { total }),
        now: () => time,
        stream: { isTTY, columns, write: (text: string) => written.push(text) },
      }),
  }
}

it('says how far it is, how fast, and how long it will take', () => {
  expect(lineOf({ label: 'orders', count: 250, total: 1_000, elapsedMs: 10_000 })).toBe('orders 250/1000 (25 %), 25/s, 30 s left')
  expect(lineOf({ label: 'orders', count: 10, total: 1_000, elapsedMs: 10_000 })).toBe(
    'orders 10/1000 (1 %), 1.0/s, 16 min 30 s left',
  )
  expect(lineOf({ label: 'orders', count: 1, total: 100_000, elapsedMs: 1_000, note: 'May' })).toBe(
    'orders 1/100000 (0 %), 1.0/s, 27 h 46 min left, May',
  )
  expect(lineOf({ label: 'orders', count: 7, elapsedMs: 1_000 })).toBe('orders 7, 7.0/s')
  expect(lineOf({ label: 'orders', count: 0, total: 10, elapsedMs: 0 })).toBe('orders 0/10 (0 %)')
  expect(lineOf({ label: 'orders', count: 0, total: 0, elapsedMs: 5 })).toBe('orders 0/0 (100 %)')
})

it('writes a plain line every few seconds where nobody watches', () => {
  const { written, pass, start } = screen(false)
  const progress = start(1_000)
  for (let i = 0; i < 1_000; i++) {
    pass(11)
    progress.advance()
  }
  progress.done('1000 sent')
  expect(written).toEqual([
    'orders 455/1000 (45 %), 91/s, 6 s left\n',
    'orders 910/1000 (91 %), 91/s, 1 s left\n',
    '- orders: 1000 sent\n',
  ])
})

it('redraws one line on a terminal, ten times a second, never wider than it', () => {
  const { written, pass, start } = screen(true, 60)
  const progress = start(1_000)
  progress.note('a note that is much too long for what is left of this line')
  for (let i = 0; i < 1_000; i++) {
    pass(1)
    progress.advance()
  }
  progress.done('1000 sent')
  expect(written).toHaveLength(12)
  for (const text of written) {
    expect(text.startsWith('\r\u001b[2K')).toBe(true)
    expect(stripVTControlCharacters(text).trim().length).toBeLessThan(60)
  }
  expect(written.slice(0, -1).some((text) => text.includes('\n'))).toBe(false)
})

it('is without colour when NO_COLOR asks for that, and the bar can be read all the same', async () => {
  const program = `
    import { startProgress } from ${JSON.stringify(new URL('./progress.ts', import.meta.url).href)}
    let written = ''
    const stream = { isTTY: true, columns: 120, write: (text) => (written += text) }
    const progress = startProgress({ label: 'orders', total: 4, stream })
    progress.advance(1)
    progress.done('1 sent')
    console.log(JSON.stringify(written))`
  const run = async (env: NodeJS.ProcessEnv) => {
    const { NO_COLOR: _no, FORCE_COLOR: _force, ...rest } = process.env
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...rest, ...env } })
    return JSON.parse(stdout) as string
  }
  const [plain, coloured] = await Promise.all([run({ NO_COLOR: '1' }), run({ FORCE_COLOR: '1' })])
  const sequence = '\u001b['
  expect(plain.replaceAll(`${sequence}2K`, '')).not.toContain(sequence)
  expect(plain).toContain(`${'━'.repeat(6)}${'·'.repeat(18)} orders 1/4 (25 %)`)
  expect(coloured.replaceAll(`${sequence}2K`, '')).toContain(sequence)
})
