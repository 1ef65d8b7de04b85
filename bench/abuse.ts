import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { newFolder } from '../e2e/fixtures/folder.ts'
import { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import { connect, read } from './crowd.ts'
import { type Row, upTo } from './measure.ts'
import { Pressure, type Question, chosen, forgetPeak, peakMemory, percentile, residentMemory, tellStalls } from './pressure.ts'

const SECONDS = 10
const MOST_MIB = 300
const ANSWER_MS = 250
const END_MS = 5_000
/** A minute after the attackers have left, no more than this above what was resident before they came. */
const LEFT_MIB = 60
const LEFT_MS = 60_000

const LONG_LINES = 600
const LONG_LINE_BYTES = 250_000
const SHORT_LINES = 200
const SUBSCRIPTIONS = 64
const OF_EACH = 20
const STORED_LOGS = 1000
const STORED_LINES = 2500
const STORED_READERS = 40

interface Attack {
  name: string
  /** Makes further logs that are asked for, which are to be stored before it begins. */
  sources?: () => { args: string[]; lines: number }
  /** Goes on until the scope closes. */
  begin: (scope: Scope, server: Server) => Promise<void>
}

/** Logs that cost a server dear: one of very long lines, many that hold something, and one that others ask for meanwhile. */
function makeLogs(): { args: string[]; lines: number } {
  const folder = newFolder('abuse')
  for (const name of ['long', 'many', 'other']) mkdirSync(path.join(folder, name))
  const time = (n: number) => new Date(Date.UTC(2026, 9, 1) + n * 100).toISOString()
  const long = (n: number) => `${time(n)} ${String(n).padEnd(LONG_LINE_BYTES, 'abcdefgh ')}`
  writeFileSync(path.join(folder, 'long/long.log'), Array.from({ length: LONG_LINES + 20 }, (_, n) => `${long(n)}\n`).join(''))
  const lines = Array.from({ length: SHORT_LINES }, (_, n) => `${time(n)} ${'filling '.repeat(40)}${n}\n`).join('')
  for (let n = 0; n < SUBSCRIPTIONS * OF_EACH; n += 1) writeFileSync(path.join(folder, `many/many-${n}.log`), lines)
  writeFileSync(path.join(folder, 'other/other.log'), lines)
  return {
    args: ['long', 'many', 'other'].flatMap((name) => ['--source', `files:${folder}/${name}/*.log`]),
    lines: LONG_LINES + 20 + (SUBSCRIPTIONS * OF_EACH + 1) * SHORT_LINES,
  }
}

/** Logs of 300 KB each: a block, once they are merged, which is unpacked to be read. */
function makeStoredLogs(): { args: string[]; lines: number } {
  const folder = newFolder('stored')
  const time = (n: number) => new Date(Date.UTC(2026, 9, 1) + n * 100).toISOString()
  for (let log = 0; log < STORED_LOGS; log += 1) {
    const line = (_: unknown, n: number) => `${time(n)} request ${log * STORED_LINES + n} of /api/items/${(n * 7919) % 100_003} took ${n % 977} ms, status=${n % 7 ? 200 : 503}\n`
    writeFileSync(path.join(folder, `stored-${log}.log`), Array.from({ length: STORED_LINES }, line).join(''))
  }
  return { args: ['--source', `files:${folder}/*.log`], lines: STORED_LOGS * STORED_LINES }
}

const long = 'containers=name == "long.log"'
const ATTACKS: Attack[] = [
  {
    name: `tail=${LONG_LINES} of lines of 250 KB, read by three and not read by three`,
    begin: async (scope, server) => {
      for (let n = 0; n < 6; n += 1) read(scope, server.address, `/api/v1/logs?${long}&tail=${LONG_LINES}`, { stuck: n % 2 === 0 })
    },
  },
  {
    name: 'three order=desc readers of them that read nothing',
    begin: async (scope, server) => {
      for (let n = 0; n < 3; n += 1) read(scope, server.address, `/api/v1/logs?${long}&order=desc`, { stuck: true })
    },
  },
  {
    name: `one WebSocket with ${SUBSCRIPTIONS} subscriptions of ${OF_EACH} containers that reads nothing`,
    begin: async (scope, server) => {
      const many = (await server.containers()).filter(({ name }) => name.startsWith('many-')).map(({ id }) => id)
      const live = await server.live()
      scope.defer(() => live.close())
      live.pause()
      for (let sub = 0; sub < SUBSCRIPTIONS; sub += 1) live.subscribeLogs(sub, many.slice(sub * OF_EACH, (sub + 1) * OF_EACH), { stalled: true, credit: 1 << 24, tail: 100_000 })
    },
  },
  {
    name: '200 merged readers that read nothing',
    begin: async (scope, server) => {
      for (let n = 0; n < 200; n += 1) read(scope, server.address, '/api/v1/logs?containers=host == "demo"&follow=true&tail=10000', { stuck: true })
    },
  },
  {
    name: `${STORED_READERS} readers of ${STORED_LOGS} logs that are stored, one in two of which reads nothing`,
    sources: makeStoredLogs,
    begin: async (scope, server) => {
      const order = ['', '&order=desc']
      for (let n = 0; n < STORED_READERS; n += 1) read(scope, server.address, `/api/v1/logs?containers=name startsWith "stored-"${order[(n >> 1) % 2]}`, { stuck: n % 2 === 0 })
    },
  },
  {
    name: 'a peer that opens 1,000 connections',
    begin: async (scope, server) => {
      let over = false
      scope.defer(() => {
        over = true
      })
      const open = (n: number) => {
        if (over) return
        const socket = connect(server.address)
        // Some say nothing, some begin a request and never end it. What is closed is opened again.
        if (n % 2) socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n')
        scope.defer(() => socket.destroy())
        socket.resume()
        socket.on('close', () => setTimeout(() => open(n), 200))
      }
      for (let n = 0; n < 1000; n += 1) open(n)
      await sleep(500)
    },
  },
]

/** What section 3 of "Firm ground" lists, alone and together, while others ask ordinary things. */
export async function abuse(scope: Scope): Promise<Row[]> {
  void scope
  const logs = makeLogs()
  const rows: Row[] = []
  for (const { name, attacks } of chosen([...ATTACKS.map((attack) => ({ name: attack.name, attacks: [attack] })), { name: 'all of them together', attacks: ATTACKS }])) {
    const own = new Scope()
    try {
      // The demo's 10,000 lines a second keep the followers' rings in motion.
      const made = [logs, ...attacks.flatMap((attack) => attack.sources?.() ?? [])]
      const server = await Server.start({ args: [...made.flatMap(({ args }) => args), '--source', 'demo:rate=300'] })
      let stopped = false
      own.defer(() => (stopped ? undefined : server.kill()))
      const other = await eventually('all logs', async () => {
        const listed = await server.containers()
        return listed.length > SUBSCRIPTIONS * OF_EACH + 10 && listed.find((container) => container.name === 'other.log')
      }, 60_000, 200)
      const toStore = made.reduce((sum, { lines }) => sum + lines, 0)
      await eventually('all that is to be stored', async () => (await server.metricSum('taffrail_history_lines')) >= toStore, 300_000, 500)
      rows.push(upTo(`${name}: most resident memory while ${toStore} lines of old are stored`, peakMemory(server.pid), 'MiB', MOST_MIB, 0))
      const before = residentMemory(server.pid)
      forgetPeak(server.pid)
      const questions: Question[] = [
        { name: '/healthz', address: server.address, path: '/healthz', every: 20 },
        { name: 'the end of a log', address: server.address, path: `/api/v1/containers/${other.id}/logs?tail=200`, every: 200 },
        { name: 'the list of containers', address: server.address, path: '/api/v1/containers?filter=name==%22other.log%22', every: 500 },
      ]
      const attackers = new Scope()
      own.defer(() => attackers.close())
      const begin = async () => {
        for (const attack of attacks) await attack.begin(attackers, server)
      }
      const pressure = await Pressure.begin(own, server, questions)
      await begin()
      await sleep(SECONDS * 1000)
      const pressed = await pressure.end()
      tellStalls(name, server)
      rows.push(upTo(`${name}: most resident memory (${before.toFixed(0)} before)`, pressed.peak, 'MiB', MOST_MIB, 0))
      for (const [question, { took, failed, failure, leftOut }] of pressed.asked) {
        const row = upTo(`${name}: ${question}, longest of ${took.length}`, Math.max(...took), 'ms', ANSWER_MS, 0)
        const complaint = failed || leftOut ? `; ${failed} failed (${failure}), ${leftOut} left out` : ''
        rows.push({ ...row, measured: `${row.measured} (p99 ${percentile(took, 0.99).toFixed(0)})${complaint}`, met: row.met === true && !complaint })
      }
      rows.push({ what: `${name}: lag of the owner; CPU`, measured: `p99 ≤ ${(pressed.lag.p99 * 1000).toFixed(0)}, longest ${(pressed.lag.longest * 1000).toFixed(0)} ms; ${(pressed.cpu * 100).toFixed(0)} %`, limit: '' })
      await attackers.close()
      const gone = performance.now()
      while (residentMemory(server.pid) > before + LEFT_MIB && performance.now() - gone < LEFT_MS) await sleep(500)
      const left = upTo(`${name}: resident memory beyond that before, after they have left`, residentMemory(server.pid) - before, 'MiB', LEFT_MIB, 0)
      rows.push({ ...left, measured: `${left.measured} after ${((performance.now() - gone) / 1000).toFixed(0)} s` })
      await begin()
      await sleep(2000)
      // With all attackers there. `stop` fails unless it ends by itself with status 0.
      const begun = performance.now()
      const status = await server.stop().then(
        () => '',
        (error: unknown) => String(error).slice(0, 300),
      )
      stopped = !server.running
      const end = upTo(`${name}: SIGTERM until the end with status 0`, performance.now() - begun, 'ms', END_MS, 0)
      rows.push({ ...end, measured: `${end.measured} ${status}`, met: end.met === true && !status })
    } finally {
      await own.close()
    }
  }
  return rows
}

