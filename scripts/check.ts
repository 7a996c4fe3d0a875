import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { ROOT } from './house-files.ts'

/*
 * Everything that must hold before a test is worth running: one line a step, and a tool's own words only when it fails. All steps run, so that one
 * call shows all there is to mend. Nothing here asks the network.
 */
interface Step {
  readonly name: string
  /** What it keeps, for whoever reads the line. */
  readonly keeps: string
  readonly command: readonly [string, ...string[]]
}

const STEPS: readonly Step[] = [
  { name: 'types', keeps: 'TypeScript, strict', command: ['tsc', '-p', 'tsconfig.json', '--noEmit'] },
  {
    name: 'types web',
    keeps: 'the screens, strict, against a browser',
    command: ['tsc', '-p', 'pos/web/tsconfig.json', '--noEmit'],
  },
  { name: 'lint', keeps: 'Biome: rules and formatting', command: ['biome', 'ci', '--error-on-warnings', '--colors=off', '.'] },
  {
    name: 'direction',
    keeps: 'who may import whom',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.cjs',
      'contract',
      'engine',
      'sdk',
      'server',
      'pos',
      'test',
      'scripts',
    ],
  },
  {
    name: 'dead code',
    keeps: 'no unused file, export or dependency',
    command: ['knip', '--no-progress', '--treat-config-hints-as-errors'],
  },
  { name: 'tidy', keeps: 'the rules of the house', command: ['tsx', 'scripts/tidy.ts'] },
  { name: 'generated', keeps: 'docs/generated says what the code says', command: ['tsx', 'scripts/generate.ts', '--check'] },
  {
    name: 'openapi',
    keeps: "Redocly's recommended rules",
    command: ['redocly', 'lint', '--extends=recommended', 'docs/generated/openapi.json'],
  },
]

const failed: string[] = []
for (const step of STEPS) {
  const start = performance.now()
  const { ok, output } = await run(step.command)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${step.name.padEnd(10)} ${step.keeps.padEnd(40)} ${seconds.padStart(5)} s`)
  if (ok) continue
  failed.push(step.name)
  console.log(`\n${indent(output)}\n        npx ${step.command.join(' ')}\n`)
}
if (failed.length > 0) {
  console.log(`${failed.length} of ${STEPS.length} failed: ${failed.join(', ')}`)
  process.exitCode = 1
}

function run([program, ...args]: Step['command']): Promise<{ ok: boolean; output: string }> {
  const { FORCE_COLOR: _, ...inherited } = process.env
  const env = {
    ...inherited,
    PATH: `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
    NO_COLOR: '1',
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  }
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.on('error', (error) =>
      resolve({ ok: false, output: `${program} could not be started: ${error.message}. Was npm ci run?` }),
    )
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}

function indent(text: string): string {
  return text.trim().replace(/^/gm, '        ')
}
