import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { removeStaleSocketDirs, SOCKET_FOLDER } from './postgres-server.ts'
import { enter } from './postgres-users.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regulars-users-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('stops the server with its last user', async () => {
  const usersDir = join(folder, 'last')
  const [one, two] = [await enter(usersDir), await enter(usersDir)]
  const stopped: string[] = []
  await one.leave(async () => void stopped.push('one'))
  expect(stopped).toEqual([])
  await two.leave(async () => void stopped.push('two'))
  expect(stopped).toEqual(['two'])
  expect(await readdir(usersDir)).toEqual([])
})

it('lets nobody in while the last user stops the server', async () => {
  const usersDir = join(folder, 'race')
  for (let headStart = 0; headStart < 12; headStart++) {
    const one = await enter(usersDir)
    let state = 'runs'
    const left = one.leave(async () => {
      state = 'is stopping'
      await sleep(30)
      state = 'stopped'
    })
    await sleep(headStart / 4)
    const two = await enter(usersDir)
    expect(state).not.toBe('is stopping')
    await left
    expect(['runs', 'stopped']).toContain(state)
    await two.leave(async () => {})
  }
})

it('does not count a user that was killed, even if its number belongs to another program by now', async () => {
  const usersDir = join(folder, 'killed')
  await mkdir(usersDir)
  const bystander = spawn('sleep', ['60'])
  const died = spawn('true')
  await new Promise((gone) => died.once('exit', gone))
  for (const pid of [bystander.pid, died.pid, process.pid]) await writeFile(join(usersDir, `${pid}.1.x`), '')
  await writeFile(join(usersDir, `${bystander.pid}.1.y.leaving`), '')
  let stopped = false
  const stay = await enter(usersDir)
  await stay.leave(async () => {
    stopped = true
  })
  bystander.kill('SIGKILL')
  expect(stopped).toBe(true)
  expect(await readdir(usersDir)).toEqual([])
})

it('clears away the socket folders of servers that are gone, and nothing else', async () => {
  const died = spawn('true')
  await new Promise((gone) => died.once('exit', gone))
  const folderOf = async (lock: number | undefined, more: Record<string, string> = {}) => {
    const path = await mkdtemp(SOCKET_FOLDER)
    const files = { ...(lock !== undefined && { '.s.PGSQL.5432.lock': `${lock}\n/data\n` }), ...more }
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
    return path
  }
  const stale = await folderOf(died.pid, { '.s.PGSQL.5432': '' })
  const abandoned = await folderOf(undefined)
  await utimes(abandoned, 0, 0)
  const serving = await folderOf(process.pid)
  const starting = await folderOf(undefined)
  const foreign = await folderOf(died.pid, { 'letter.txt': 'Dear Ann' })
  await removeStaleSocketDirs()
  const kept = await Promise.all(
    [stale, abandoned, serving, starting, foreign].map((path) => stat(path).then(Boolean, () => false)),
  )
  expect(kept).toEqual([false, false, true, true, true])
  expect(await readdir(foreign)).toEqual(['letter.txt'])
  for (const path of [serving, starting, foreign]) await rm(path, { recursive: true })
})
