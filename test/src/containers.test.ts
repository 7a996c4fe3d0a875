import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { sale } from './cart.ts'
import { createTill } from './client.ts'
import { type Started, startServe, startWorker } from './command.ts'
import { useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

// There is no container engine where the tests run, so the files are held against each other and against the documents, and the commands that they
// give are started without one.

const ROOT = join(import.meta.dirname, '..', '..')
interface Service {
  readonly image?: string
  readonly command?: string[]
  readonly read_only?: boolean
  readonly user?: string
  readonly cap_drop?: string[]
  readonly environment?: Record<string, string>
  readonly ports?: string[]
  readonly volumes?: string[]
}
let services: Record<string, Service>
let dockerfile: string
let nginx: string
const read = (name: string) => readFile(join(ROOT, name), 'utf8')

beforeAll(async () => {
  services = (parse(await read('compose.yaml'), { merge: true }) as { services: Record<string, Service> }).services
  dockerfile = await read('Dockerfile')
  nginx = await read('ops/nginx.conf')
})
const ours = () => Object.entries(services).filter(([, { image }]) => image === 'regulars')
const instruction = (name: string) => new RegExp(`^${name} (.+)$`, 'm').exec(dockerfile.replaceAll('\\\n', ''))?.[1] ?? ''

describe('the files agree', () => {
  it('with the documented settings: each variable has a row', async () => {
    const guide = await read('docs/guide/running.md')
    const names = ours().flatMap(([, { environment = {} }]) => Object.keys(environment))
    expect(names.length).toBeGreaterThan(20)
    expect([...new Set(names)].filter((name) => !guide.includes(`| \`${name}\` |`))).toEqual([])
  })

  it('about ports', () => {
    const exposed = instruction('EXPOSE').split(' ')
    for (const [name, { command = [] }] of ours()) {
      const asked = command.flatMap((word, at) => (/^--(metrics-)?port$/.test(word) ? [command[at + 1] ?? ''] : []))
      expect(exposed, name).toEqual(expect.arrayContaining(asked))
    }
    expect(instruction('HEALTHCHECK')).toContain(':9464/healthz')
    for (const port of ['8080', '9464']) expect(instruction('CMD')).toContain(`"${port}"`)
    expect(services.proxy?.ports).toEqual(['8080:8080'])
    expect(nginx).toContain('listen 8080;')
    for (const [name] of ours().filter(([, { command }]) => command?.[0] === 'serve'))
      expect(nginx).toContain(`server ${name}:8080`)
  })

  it('that nothing of ours runs as root, writes to its root, or keeps a capability', () => {
    expect(ours().map(([name]) => name)).toEqual(['server-1', 'server-2', 'worker'])
    for (const [, service] of ours()) expect(service).toMatchObject({ read_only: true, user: 'node', cap_drop: ['ALL'] })
    expect(instruction('USER')).toBe('node')
    expect(instruction('FROM')).toMatch(/^node:24-/)
  })

  it('that no image is taken as it happens to be, and no secret is written down', async () => {
    const images = [...Object.values(services).flatMap(({ image }) => (image === 'regulars' ? [] : image)), instruction('FROM')]
    for (const image of images) expect(image).toMatch(/:v?\d/)
    expect(await read('compose.yaml')).not.toMatch(/PASSWORD: [a-z]|KEY: [A-Za-z0-9+/]{20}/)
  })

  it('that what compose mounts is there', async () => {
    const files = Object.values(services).flatMap(({ volumes = [] }) => volumes.filter((volume) => volume.startsWith('./')))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) expect((await read(file.split(':')[0] ?? '')).length).toBeGreaterThan(0)
  })
})

describe('the commands', () => {
  const house = useProduct(houseProgram())

  it('of compose.yaml start two servers and a worker that serve one brand together', async () => {
    // The ports are the container's own there; here any that are free.
    const words = (name: string) => (services[name]?.command ?? []).slice(1).map((word) => (/^\d+$/.test(word) ? '0' : word))
    const env = { REGULARS_ORIGINS: services['server-1']?.environment?.REGULARS_ORIGINS ?? '', REGULARS_DRAIN_SECONDS: '0' }
    const started: Started[] = []
    try {
      for (const name of ['server-1', 'server-2']) started.push(await startServe(house(), house().databaseUrl, env, words(name)))
      started.push(await startWorker(house(), words('worker'), env))
      const [one, two] = started.map(({ ready }) => createTill({ ...house(), url: ready.url ?? house().url }))
      const member = (await one?.newMember()) ?? ''
      await two?.accepted(member, 'completed', sale(20))
      expect(await one?.points(member)).toBe(20)
      one?.close()
      two?.close()
      for (const { ready } of started)
        expect((await fetch((ready.metricsUrl ?? '').replace('/metrics', '/healthz'))).status).toBe(200)
    } finally {
      expect(await Promise.all(started.map((process) => process.stop()))).toEqual(started.map(() => 0))
    }
  })

  it("of the Dockerfile is the command's own file, with the setting and the flags that its first line gives", async () => {
    const [, ...words] = JSON.parse(instruction('ENTRYPOINT')) as string[]
    const { bin } = JSON.parse(await read('server/package.json')) as { bin: { regulars: string } }
    const firstLine = /^#!\/usr\/bin\/env -S (\S+) node (.+)$/m
    const [, setting = '', flags = ''] = firstLine.exec(await read(join('server', bin.regulars))) ?? []
    expect(instruction('ENV').split(' ')).toContain(setting)
    expect(words).toEqual([...flags.split(' '), join('/app/server', bin.regulars)])
  })
})
