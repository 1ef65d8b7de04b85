import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, appendFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { newFolder } from '../fixtures/folder.ts'
import { NoisyFile, numberOf } from '../fixtures/noise.ts'
import { Scope } from '../fixtures/scope.ts'
import { BINARY, Server, runTaffrail } from '../fixtures/taffrail.ts'
import { eventually, sleep } from '../fixtures/wait.ts'

/** How often a server is killed; fifty on demand. */
const KILLS = Number(process.env['KILLS'] ?? 8)
/** How many logs are stored of containers that are gone. */
const LOGS = Number(process.env['LOGS'] ?? 3000)
const PAGE = 4096
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'

const scope = new Scope()
afterAll(() => scope.close())

const stored = (server: Server) => server.metricSum('taffrail_history_lines')
const resident = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

/** The number of the last line. */
const tail = async (server: Server) => numberOf((await server.lines('/api/v1/containers/a.log/logs?tail=1'))[0].text)

/** A folder with a log, and what a server needs to read it. */
function logFolder() {
  const folder = newFolder('logs')
  const file = new NoisyFile(path.join(folder, 'a.log'))
  scope.defer(() => file.close())
  return { folder, file, args: ['--source', `files:${folder}/*.log`] }
}

/** The numbers of a server's lines, in order; each must follow the one before, but for gaps. */
async function numbersOf(server: Server, container = 'a.log'): Promise<{ first: number; last: number; count: number; gaps: any[] }> {
  const gaps: any[] = []
  let first = 0
  let last = 0
  let count = 0
  let hole = false
  for (const entry of await server.lines(`/api/v1/containers/${container}/logs`)) {
    if (entry.end) continue
    if (entry.gap) {
      gaps.push(entry.gap)
      hole = true
      continue
    }
    const number = numberOf(entry.text)
    if (count > 0 && !hole && number !== last + 1) throw new Error(`${number} after ${last}`)
    if (number <= last) throw new Error(`${number} after ${last}: twice or out of order`)
    first ||= number
    last = number
    count += 1
    hole = false
  }
  return { first, last, count, gaps }
}

/** Stores lines, and stops. */
async function storedFolder(lines: number, more: string[] = []) {
  const { folder, file, args } = logFolder()
  const data = newFolder('data')
  const server = await Server.start({ args: [...args, ...more], data })
  // A block each.
  for (let n = 0; n < 6; n += 1) {
    file.write(lines / 6, Date.now() - 3_600_000)
    await eventually('all lines are stored', async () => (await stored(server)) === file.written)
  }
  // And some plain blocks.
  for (let n = 0; n < 3; n += 1) {
    file.write(5)
    await eventually('they are stored', async () => (await stored(server)) === file.written)
  }
  await server.stop()
  return { folder, file, args, data, lines: file.written }
}

describe('History', () => {
  test(
    `is killed ${KILLS} times while lines pour in, are merged and dropped, and has those that are left once`,
    async () => {
      const { file, args } = logFolder()
      const data = newFolder('data')
      const options = { args: [...args, '--retention', '16MiB'], data }
      let server = await Server.start(options)
      let pouring = true
      const pour = (async () => {
        while (pouring) {
          // Sometimes so much that it is stored as large blocks at once, sometimes so little that these are merged.
          file.write(Math.random() < 0.5 ? 2000 : 100)
          await sleep(50)
        }
      })()
      let merges = 0
      let dropped = 0
      for (let n = 0; n < KILLS; n += 1) {
        await eventually('it stores', async () => (await server.metricSum('taffrail_history_written_bytes_total')) > 0, 60_000)
        await sleep(200 + Math.random() * 3000)
        merges += await server.metricSum('taffrail_history_merges_total')
        dropped += await server.metricSum('taffrail_history_dropped_lines_total')
        await server.kill()
        server = await Server.start(options)
      }
      pouring = false
      await pour
      await eventually('the last line is stored', async () => {
        const tail = await server.lines('/api/v1/containers/a.log/logs?tail=1')
        return numberOf(tail[0].text) === file.written
      }, 120_000, 200)
      await eventually('it is within its bound', async () => (await server.metricSum('taffrail_history_bytes')) <= 16 * 1024 * 1024, 60_000)
      // What a merge makes too much is dropped a moment later: it is counted when nothing was dropped meanwhile.
      const numbers = await eventually('a reading without a drop', async () => {
        const before = await stored(server)
        const read = await numbersOf(server)
        return (await stored(server)) === before && { ...read, stored: before }
      }, 60_000)
      expect(numbers.gaps).toEqual([])
      expect(numbers.last).toBe(file.written)
      expect(numbers.count).toBe(numbers.last - numbers.first + 1)
      expect(numbers.count).toBe(numbers.stored)
      await server.stop()
      expect((await runTaffrail(['history', 'check', '--data', data], { milliseconds: 120_000 })).output).toMatch(/all is well/)
      if (KILLS >= 50) {
        expect(merges).toBeGreaterThan(0)
        expect(dropped).toBeGreaterThan(0)
      }
    },
    180_000 + KILLS * 10_000,
  )

  test(
    'is copied, checked, written out and read in again beside a server that stores at full speed',
    async () => {
      const { file, args } = logFolder()
      const data = newFolder('data')
      const server = await Server.start({ args, data })
      let pouring = true
      const pour = (async () => {
        while (pouring) {
          file.write(1000)
          await sleep(50)
        }
      })()
      await eventually('some blocks are there', async () => (await stored(server)) > 20_000, 60_000)
      const copy = path.join(newFolder('copy'), 'copy.db')
      const copied = await runTaffrail(['history', 'backup', copy, '--data', data], { milliseconds: 120_000 })
      expect(copied.output).toMatch(/all is well/)
      expect(copied.code).toBe(0)
      const checked = await runTaffrail(['history', 'check', '--data', data], { milliseconds: 120_000 })
      expect(checked.output).toMatch(/all is well/)
      // While a server runs nothing is read in.
      const refused = await runTaffrail(['history', 'import', '/dev/null', '--data', data])
      expect(refused.code).toBe(1)
      expect(refused.output).toMatch(/in use by another server/)
      pouring = false
      await pour
      await eventually('all lines are stored', async () => (await stored(server)) === file.written, 60_000)
      const lines = path.join(newFolder('export'), 'lines.ndjson')
      execFileSync('sh', ['-c', '"$0" history export --data "$1" > "$2"', BINARY, data, lines], { env: { PATH: process.env['PATH'] } })
      await server.stop()
      const other = newFolder('other')
      const half = `${lines}.half`
      cpSync(lines, half)
      truncateSync(half, Math.floor(statSync(half).size / 2))
      // Broken off in the middle of a line, then once more, then once too often.
      expect((await runTaffrail(['history', 'import', half, '--data', other], { milliseconds: 120_000 })).code).toBe(1)
      expect((await runTaffrail(['history', 'import', lines, '--data', other], { milliseconds: 120_000 })).code).toBe(0)
      expect((await runTaffrail(['history', 'import', lines, '--data', other], { milliseconds: 120_000 })).output).toMatch(/^0 lines of 1 logs/)
      const next = await Server.start({ args: ['--source', `files:${newFolder('none')}/*.log`], data: other })
      const numbers = await numbersOf(next)
      expect(numbers).toEqual({ first: 1, last: file.written, count: file.written, gaps: [] })
      await next.stop()
      // A copy is a history.db.
      const restored = newFolder('restored')
      cpSync(copy, path.join(restored, 'history.db'))
      const third = await Server.start({ args: ['--source', `files:${newFolder('none')}/*.log`], data: restored })
      const kept = await numbersOf(third)
      expect(kept.gaps).toEqual([])
      expect(kept.count).toBeGreaterThan(20_000)
      await third.stop()
    },
    240_000,
  )

  test(
    'keeps what can be read, wherever a page of its file is destroyed',
    async () => {
      const { data, lines } = await storedFolder(36_000)
      const size = statSync(path.join(data, 'history.db')).size / PAGE
      // The first page, the roots of tables and indexes behind it, some in the middle, and the last.
      const pages = [1, 3, 4, 5, 6, 8, 10, 12, Math.floor(size / 2), size]
      for (const page of pages) {
        const copy = newFolder('copy')
        cpSync(data, copy, { recursive: true })
        const bytes = readFileSync(path.join(copy, 'history.db'))
        bytes.fill(page % 2 === 0 ? 0 : 0xa5, (page - 1) * PAGE, page * PAGE)
        writeFileSync(path.join(copy, 'history.db'), bytes)
        const server = await Server.start({ args: ['--source', `files:${newFolder('none')}/*.log`], data: copy })
        await eventually('it knows what it has', async () => (await server.get('/api/v1/history')).json().state === 'writing')
        // Its name may be lost, not what names it.
        const numbers = await numbersOf(server, (await server.containers())[0]!.id)
        const missing = lines - numbers.count
        // A block has a megabyte of them, once it is merged.
        expect(missing, `page ${page} of ${size}`).toBeLessThanOrEqual(13_000)
        if (missing > 0) expect(numbers.gaps.length + (numbers.first > 1 ? 1 : 0) + (numbers.last < lines ? 1 : 0), `page ${page}`).toBeGreaterThan(0)
        const aside = readdirSync(copy).filter((name) => name.startsWith('history.db.damaged-'))
        if (aside.length > 0) expect(server.output).toMatch(/was damaged .* and stands in/)
        if (page <= 6) expect(aside.length, `page ${page} is part of the structure`).toBeGreaterThan(0)
        await server.stop()
      }
    },
    240_000,
  )

  test('of a later version is refused with a clear message, and nothing is written', async () => {
    const { data, args } = await storedFolder(600)
    const file = path.join(data, 'history.db')
    const bytes = readFileSync(file)
    bytes.writeUInt32BE(99, 60)
    writeFileSync(file, bytes)
    const refused = await runTaffrail(['serve', '--listen', '127.0.0.1:0', '--data', data, ...args])
    expect(refused.code).toBe(1)
    expect(refused.output).toMatch(/history\.db.*(newer|later)/)
    expect(readFileSync(file).equals(bytes)).toBe(true)
    // SQLite makes an empty log to look at it.
    const log = `${file}-wal`
    if (existsSync(log)) expect(statSync(log).size).toBe(0)
  })

  test(
    'gives space back on a full disk that has little room again',
    async () => {
      const disk = newFolder('disk')
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk])
      scope.defer(() => void execFileSync('umount', ['--lazy', disk]))
      const { file, args } = logFolder()
      const config = path.join(newFolder('config'), 'taffrail.yaml')
      writeFileSync(config, 'retention: 1GiB\n')
      const server = await Server.start({ args: [...args, '--config', config], data: path.join(disk, 'data') })
      while (file.written < 600_000) file.write(2000)
      await eventually('much is stored', async () => (await server.metricSum('taffrail_history_bytes')) > 20e6, 60_000)
      const filler = path.join(disk, 'filler')
      const state = async () => (await server.get('/api/v1/history')).json()
      await eventually('it says that it is failing', async () => {
        try {
          for (;;) appendFileSync(filler, Buffer.alloc(4096))
        } catch {
          // It is full now.
        }
        file.write(2000)
        return (await state()).state === 'failing'
      }, 60_000)
      const before = await server.metricSum('taffrail_history_bytes')
      // Far less than what is to be dropped.
      truncateSync(filler, statSync(filler).size - 8 * 1024 * 1024)
      writeFileSync(config, 'retention: 16MiB\n')
      await server.reload()
      await eventually('it is within its new bound', async () => (await server.metricSum('taffrail_history_bytes')) <= 16 * 1024 * 1024, 120_000, 200)
      expect(before).toBeGreaterThan(17e6) // some of it made room already
      await eventually('it writes again', async () => (await state()).state === 'writing', 60_000, 200)
      file.write(100)
      await eventually('the last line is stored', async () => (await tail(server)) === file.written, 60_000)
      await server.stop()
    },
    300_000,
  )

  test(
    'stores what comes in the place of the oldest lines on a disk without a free byte',
    async () => {
      const disk = newFolder('disk')
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk])
      scope.defer(() => void execFileSync('umount', ['--lazy', disk]))
      const { folder, file, args } = logFolder()
      const server = await Server.start({ args, data: path.join(disk, 'data') })
      while (file.written < 300_000) file.write(2000)
      await eventually('much is stored', async () => (await stored(server)) === file.written, 60_000)
      const filler = path.join(disk, 'filler')
      const takeAll = () => {
        try {
          for (;;) appendFileSync(filler, Buffer.alloc(4096))
        } catch {
          // It is full now.
        }
      }
      const until = file.written + 400_000
      while (file.written < until) {
        takeAll()
        file.write(2000)
        await sleep(20)
      }
      // The last of them may be in the gap.
      await eventually('it writes again', async () => {
        takeAll()
        file.write(10)
        return (await server.get('/api/v1/history')).json().state === 'writing' && (await tail(server)) > until
      }, 120_000, 200)
      const last = file.written
      // What is older than two seconds is stored, on a busy machine a little later.
      for (const begun = Date.now(); Date.now() < begun + 6000; await sleep(200)) takeAll()
      expect((await server.get('/api/v1/history')).json().state).toBe('writing')
      expect(Number(execFileSync('stat', ['--file-system', '--format=%a', disk], { encoding: 'utf8' }))).toBe(0)
      await server.kill()
      // What the file has, and nothing of the log: it is gone.
      rmSync(path.join(folder, 'a.log'))
      truncateSync(filler, 0)
      const again = await Server.start({ args, data: path.join(disk, 'data') })
      await eventually('it knows what it has', async () => (await again.get('/api/v1/history')).json().state === 'writing')
      const numbers = await numbersOf(again, (await again.containers())[0]!.id)
      expect(numbers.last).toBe(last)
      expect(numbers.first).toBeGreaterThan(1)
      const missing = numbers.gaps.reduce((sum, gap) => sum + gap.lines, 0)
      expect(numbers.count + missing).toBe(numbers.last - numbers.first + 1)
      await again.stop()
      expect((await runTaffrail(['history', 'check', '--data', path.join(disk, 'data')])).output).toMatch(/all is well/)
    },
    300_000,
  )

  test.runIf(existsSync(FAKETIME))(
    'does not mind a clock that jumps a day back and a day ahead',
    async () => {
      const { file, args } = logFolder()
      const data = newFolder('data')
      const clock = path.join(newFolder('clock'), 'offset')
      const set = (offset: string) => writeFileSync(clock, offset)
      set('+0')
      const env = { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_CACHE_DURATION: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' }
      let server = await Server.start({ args, data, env })
      const day = 86_400_000
      for (const [offset, shift] of [['+0', 0], ['-1d', -day], ['+0', 0], ['+1d', day], ['+0', 0]] as const) {
        set(offset)
        await sleep(1200) // as long as libfaketime may remember what it read
        file.write(1000, Date.now() + shift)
        await eventually(`lines are stored at ${offset}`, async () => (await stored(server)) === file.written)
        const info = await server.get('/api/v1/history')
        expect(info.json().state).toBe('writing')
        expect(await numbersOf(server)).toEqual({ first: 1, last: file.written, count: file.written, gaps: [] })
      }
      set('-1d')
      await sleep(1200)
      await server.kill()
      server = await Server.start({ args, data, env })
      file.write(1000, Date.now() - day)
      await eventually('lines are stored after a restart', async () => (await stored(server)) === file.written)
      expect(await numbersOf(server)).toEqual({ first: 1, last: file.written, count: file.written, gaps: [] })
      await server.stop()
      expect((await runTaffrail(['history', 'check', '--data', data])).output).toMatch(/all is well/)
    },
    120_000,
  )

  test(
    `of ${LOGS} logs of containers that are gone is there at once, and takes little memory`,
    async () => {
      const folder = newFolder('export')
      const lines = path.join(folder, 'lines.ndjson')
      const begun = Date.parse('2026-11-01T00:00:00Z')
      let text = ''
      for (let log = 0; log < LOGS; log += 1) {
        const about = { id: `c${log}`, name: `gone-${log}`, host: 'h', image: 'shop:1', state: 'exited', labels: { 'com.docker.compose.project': `p${log % 50}`, 'com.docker.compose.service': `s${log % 7}` } }
        const at = (n: number) => new Date(begun + log * 1000 + n).toISOString()
        text += `${JSON.stringify({ log: { host: 'h', container: `c${log}`, removed: at(100), last_seq: 20, last_place: at(20), about } })}\n`
        for (let n = 1; n <= 20; n += 1) text += `${JSON.stringify({ container: `c${log}`, time: at(n), seq: n, stream: 'stdout', level: 'info', kind: 'text', continues: false, text: `request ${n} of ${log} took ${(n * 7919) % 997} ms` })}\n`
        if (text.length > 1e6) {
          appendFileSync(lines, text)
          text = ''
        }
      }
      appendFileSync(lines, text)
      const data = newFolder('data')
      expect((await runTaffrail(['history', 'import', lines, '--data', data], { milliseconds: 120_000 })).output).toMatch(new RegExp(`${LOGS * 20} lines of ${LOGS} logs`))
      const start = Date.now()
      const server = await Server.start({ args: ['--source', `files:${newFolder('none')}/*.log`], data })
      await eventually('all are known', async () => (await stored(server)) === LOGS * 20)
      const took = Date.now() - start
      const found = (await server.containers()).filter((container) => container.state === 'removed').length
      expect(found).toBe(LOGS)
      expect(await server.lines('/api/v1/containers/gone-7/logs?tail=2')).toHaveLength(3)
      const hits = await server.lines(`/api/v1/search?q=${encodeURIComponent('text contains "of 1234 took"')}`)
      expect(hits).toHaveLength(21)
      const memory = resident(server.pid)
      console.log(`${LOGS} logs: known ${took} ms after the start, ${memory.toFixed(0)} MB resident`)
      expect(memory).toBeLessThan(200)
      await server.stop()
      rmSync(folder, { recursive: true })
    },
    240_000,
  )

  test(
    'is not held up by clients who read nothing of their answers',
    async () => {
      const { file, args } = logFolder()
      const server = await Server.start({ args })
      while (file.written < 100_000) file.write(2000)
      await eventually('all lines are stored', async () => (await stored(server)) === file.written, 60_000)
      const address = server.address
      if ('socketPath' in address) throw new Error('no TCP')
      const sockets = [
        '/api/v1/containers/a.log/logs',
        '/api/v1/containers/a.log/logs?follow=true',
        '/api/v1/search?q=INFO&limit=10000',
        '/api/v1/histogram?buckets=100',
      ].flatMap((target) =>
        Array.from({ length: 5 }, () => {
          const socket = net.connect({ host: address.host, port: Number(address.port) })
          socket.on('error', () => {})
          socket.pause()
          socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
          return socket
        }),
      )
      await sleep(2000)
      const before = Date.now()
      expect((await server.get('/healthz')).status).toBe(200)
      expect(Date.now() - before).toBeLessThan(2000)
      file.write(500)
      await eventually('lines are stored', async () => (await stored(server)) === file.written)
      expect((await server.lines('/api/v1/search?q=INFO&limit=10')).length).toBe(11)
      expect(resident(server.pid)).toBeLessThan(300)
      await server.stop()
      for (const socket of sockets) socket.destroy()
    },
    120_000,
  )
})

