import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, openSync, closeSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DockerEngine } from '../fixtures/docker.ts'
import { newFolder } from '../fixtures/folder.ts'
import { NumberedLines } from '../fixtures/numbers.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually, sleep } from '../fixtures/wait.ts'

/** How often a server is killed while lines flow; fifty on demand. */
const KILLS = Number(process.env['KILLS'] ?? 8)

const scope = new Scope()
afterAll(() => scope.close())

let engine: DockerEngine
beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
})

const stored = (server: Server) => server.metricSum('taffrail_history_lines')

/** The whole log of a container, which must be numbers from 1 on, each once, or told to be missing. */
async function numbersOf(server: Server, container: string): Promise<NumberedLines> {
  const numbers = new NumberedLines()
  for (const entry of await server.lines(`/api/v1/containers/${container}/logs`)) if (!entry.end) numbers.take(entry)
  expect(numbers.fault ?? '').toBe('')
  return numbers
}

/** A container that writes the numbers up to `lines`, so many a second, when it is released. */
const counting = (lines: number, rate: number, name: string) => {
  const run = Math.max(1, Math.round(rate / 50))
  return engine.runHeld(`i=0; while [ $i -lt ${lines} ]; do seq $((i+1)) $((i+${run})); i=$((i+${run})); usleep 15000; done; sleep 100000`, { name })
}

describe('History', () => {
  test('keeps the lines of a removed container over a restart, lists it, and forgets it when told', async () => {
    const data = newFolder('data')
    let server = await Server.start({ docker: [engine.url], data })
    const id = await counting(2000, 5000, 'gone-later')
    await engine.release(id)
    await eventually('all lines are stored', async () => (await stored(server)) >= 2000)
    await engine.docker('rm', '--force', id)
    await server.container('gone-later', (container) => container.state === 'removed')
    expect((await numbersOf(server, 'gone-later')).received).toBe(2000)
    await server.stop()
    server = await Server.start({ docker: [engine.url], data })
    await server.container('gone-later', (container) => container.state === 'removed')
    expect((await numbersOf(server, id)).received).toBe(2000)
    const merged = await server.lines(`/api/v1/logs?containers=${encodeURIComponent('name == "gone-later"')}&order=desc&limit=3`)
    expect(merged.slice(0, 3).map((line) => line.text)).toEqual(['2000', '1999', '1998'])
    const known = (await server.get('/api/v1/history')).json()
    expect(known).toMatchObject({ state: 'writing', lost_lines: 0, gaps: [] })
    expect(known.containers.find((log: { name: string }) => log.name === 'gone-later')).toMatchObject({ lines: 2000 })
    expect((await server.get(`/api/v1/containers/${id}/history`, { method: 'DELETE' })).status).toBe(204)
    expect((await server.get(`/api/v1/containers/${id}`)).status).toBe(404)
    expect(await stored(server)).toBe(0)
    await server.stop()
  })

  test(
    'keeps the metrics and events of a removed container over a kill, and forgets them with its lines',
    async () => {
      const data = newFolder('data')
      let server = await Server.start({ docker: [engine.url], data })
      const id = await counting(100, 100, 'measured')
      await engine.release(id)
      const asked = encodeURIComponent('name == "measured"')
      const series = async () => (await server.get(`/api/v1/stats?since=10m&containers=${asked}`)).json().series
      const actions = async () => (await server.lines(`/api/v1/events?containers=${asked}`)).flatMap((line) => line.action ?? [])
      await eventually('samples', async () => (await series())[0]?.samples.length >= 3, 60_000)
      await engine.docker('kill', id)
      await eventually('its end is known', async () => (await actions()).includes('die'))
      // Samples are written when their ten seconds are over, at the latest ten seconds later.
      await sleep(21_000)
      const before = (await series())[0].samples
      await server.kill()
      server = await Server.start({ docker: [engine.url], data })
      await engine.docker('rm', '--force', id)
      await server.container('measured', (container) => container.state === 'removed')
      const [after] = await series()
      expect(after.step).toBe('10s')
      expect(after.samples.map((sample: { time: string }) => sample.time)).toEqual(before.map((sample: { time: string }) => sample.time))
      expect(after.samples.every((sample: { memory: number }) => sample.memory > 0)).toBe(true)
      const happened = await actions()
      expect(happened).toEqual(expect.arrayContaining(['start', 'die', 'destroy']))
      expect(happened.length, 'nothing twice').toBe(new Set(await server.lines(`/api/v1/events?containers=${asked}`).then((lines) => lines.map((line) => JSON.stringify(line)))).size - 1)
      expect((await server.get(`/api/v1/containers/${id}/history`, { method: 'DELETE' })).status).toBe(204)
      expect((await server.lines('/api/v1/events')).filter((line) => line.container === id)).toEqual([])
      await server.stop()
    },
    150_000,
  )

  test(
    `is killed ${KILLS} times while lines flow, and has every one of them once`,
    async () => {
      const data = newFolder('data')
      const rounds = KILLS * 50
      const lines = rounds * 1000
      // A thousand lines in some hundredths of a second, over and over.
      const id = await engine.runHeld(`i=0; while [ $i -lt ${lines} ]; do seq $((i+1)) $((i+1000)); i=$((i+1000)); usleep 15000; done; sleep 100000`, { name: 'torrent' })
      let server = await Server.start({ docker: [engine.url], data })
      await server.container('torrent')
      await engine.release(id)
      for (let n = 0; n < KILLS; n += 1) {
        await sleep(100 + Math.random() * 1400)
        await server.kill()
        server = await Server.start({ docker: [engine.url], data })
      }
      await eventually('all lines are stored', async () => (await stored(server)) >= lines, 60_000, 100)
      await engine.docker('rm', '--force', id)
      await server.container('torrent', (container) => container.state === 'removed')
      const numbers = await numbersOf(server, 'torrent')
      expect(numbers.received).toBe(lines)
      expect(numbers.gaps).toEqual([])
      expect(await stored(server)).toBe(lines)
      await server.stop()
    },
    120_000 + KILLS * 5000,
  )

  test(
    'goes on while the disk is full, says so, and knows exactly what it could not keep',
    async () => {
      const disk = newFolder('disk')
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
      scope.defer(() => void execFileSync('umount', ['--lazy', disk]))
      const server = await Server.start({ docker: [engine.url], data: path.join(disk, 'data') })
      const lines = 400_000
      const id = await counting(lines, 25_000, 'pours')
      await server.container('pours')
      await engine.release(id)
      await eventually('some lines are stored', async () => (await stored(server)) > 10_000)
      const filler = path.join(disk, 'filler')
      try {
        for (let n = 0; n < 10_000; n += 1) appendFileSync(filler, Buffer.alloc(4096))
      } catch {
        // It is full now.
      }
      const state = async () => (await server.get('/api/v1/history')).json()
      await eventually('it says that it is failing', async () => (await state()).state === 'failing')
      await eventually('lines are lost', async () => (await state()).lost_lines > 10_000, 60_000)
      // Live reading goes on as if nothing were the matter.
      const last = Number((await server.lines('/api/v1/containers/pours/logs?tail=1'))[0].text)
      await eventually('newer lines', async () => Number((await server.lines('/api/v1/containers/pours/logs?tail=1'))[0].text) > last)
      rmSync(filler)
      await eventually('it writes again', async () => (await state()).state === 'writing')
      await eventually('the last line is there', async () => (await server.lines('/api/v1/containers/pours/logs?tail=1'))[0].text === String(lines), 60_000)
      const lost = (await state()).lost_lines
      await eventually('all else is stored', async () => (await stored(server)) === lines - lost)
      await engine.docker('rm', '--force', id)
      await server.container('pours', (container) => container.state === 'removed')
      const numbers = await numbersOf(server, 'pours')
      expect(numbers.last).toBe(lines)
      expect(numbers.gaps.map((gap) => gap.reason)).toEqual(numbers.gaps.map(() => 'disk'))
      expect(numbers.gaps.reduce((sum, gap) => sum + gap.lines!, 0)).toBe(lost)
      expect(numbers.received).toBe(lines - lost)
      await server.stop()
    },
    180_000,
  )

  test(
    'starts whatever became of its file, and never gives a line that was not written',
    async () => {
      const folder = newFolder('logs')
      const data = newFolder('data')
      const begun = Date.now() - 60_000
      const texts = Array.from({ length: 30_000 }, (_, n) => `${new Date(begun + n).toISOString()} INFO line ${n} of request ${(n * 7919) % 100_003}`)
      writeFileSync(path.join(folder, 'a.log'), `${texts.join('\n')}\n`)
      let server = await Server.start({ args: ['--source', `files:${folder}/*.log`], data })
      await eventually('all lines are stored', async () => (await stored(server)) === texts.length)
      // And some plain blocks.
      for (const text of ['first', 'second', 'third']) {
        texts.push(`${new Date().toISOString()} ${text}`)
        appendFileSync(path.join(folder, 'a.log'), `${texts.at(-1)}\n`)
        await eventually('it is stored', async () => (await stored(server)) === texts.length)
      }
      await server.stop()
      const known = new Set(texts)
      const file = path.join(data, 'history.db')
      const size = statSync(file).size
      let random = 1
      const below = (limit: number) => (random = (random * 48271) % 2147483647) % limit
      for (let n = 0; n < 10; n += 1) {
        const copy = newFolder('copy')
        cpSync(data, copy, { recursive: true })
        const spoilt = path.join(copy, 'history.db')
        if (n % 3 === 0) {
          truncateSync(spoilt, below(size))
        } else {
          const descriptor = openSync(spoilt, 'r+')
          for (let flip = 0; flip < 1 + below(40); flip += 1) {
            const at = below(size)
            writeSync(descriptor, Buffer.from([readFileSync(spoilt)[at]! ^ (1 << below(8))]), 0, 1, at)
          }
          closeSync(descriptor)
        }
        server = await Server.start({ args: ['--source', `files:${newFolder('none')}/*.log`], data: copy })
        const answer = await server.get('/api/v1/containers/a.log/logs', { milliseconds: 30_000 })
        if (answer.status === 200)
          for (const line of answer.text.split('\n').filter(Boolean)) {
            const entry = JSON.parse(line)
            if (entry.text !== undefined) expect(known.has(entry.text), entry.text).toBe(true)
          }
        await server.stop()
      }
    },
    120_000,
  )
})
