import { execFileSync } from 'node:child_process'
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Alerts } from '../fixtures/alerts.ts'
import { DockerEngine } from '../fixtures/docker.ts'
import { newFolder } from '../fixtures/folder.ts'
import { Receiver } from '../fixtures/receiver.ts'
import { Scope } from '../fixtures/scope.ts'
import { watching } from '../fixtures/speaker.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually, sleep } from '../fixtures/wait.ts'

// Every line of a log becomes a notification that arrives, under one name, whatever happens on the way.

const scope = new Scope()
afterAll(() => scope.close())

let engine: DockerEngine
beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
})

/** More than there are lines: what is sent within a minute is not to be what is waited for. */
const rate = '100000/1m'

let names = 0
/** A container that writes `boom 1`, `boom 2`, … once it is released, fifty a second where the machine lets it. */
async function flow(lines: number): Promise<{ id: string; name: string }> {
  const name = `flow-${++names}`
  const script = `i=0; while [ $i -lt ${lines} ]; do for k in 1 2 3 4 5; do i=$((i+1)); echo "boom $i"; done; usleep 100000; done; sleep 100000`
  return { id: await engine.runHeld(script, { name }), name }
}

/** What was accepted of numbered lines: under which names, and in which order they first came. */
class Arrived {
  readonly names = new Map<number, Set<string>>()
  readonly order: number[] = []
  #looked = 0
  constructor(private readonly receiver: Receiver) {}

  look(): this {
    for (const { status, headers, json } of this.receiver.received.slice(this.#looked)) {
      this.#looked += 1
      const number = Number(/^boom (\d+)$/.exec(json().detail)?.[1])
      if (status !== 200 || Number.isNaN(number)) continue
      if (!this.names.has(number)) this.order.push(number)
      this.names.set(number, (this.names.get(number) ?? new Set()).add(String(headers['idempotency-key'])))
    }
    return this
  }

  /** Waits until each of `count` lines was accepted, as long as more and more are. @return which came under more than one name */
  async all(count: number): Promise<number[]> {
    while (this.look().names.size < count) {
      const before = this.names.size
      const missing = () => Array.from({ length: count }, (_, i) => i + 1).filter((number) => !this.names.has(number)).slice(0, 20)
      await eventually(`more than ${before} of ${count}; missing are ${missing().join(' ')}, …`, () => this.look().names.size > before, 90_000, 200)
    }
    return [...this.names].filter(([, keys]) => keys.size > 1).map(([number]) => number)
  }
}

interface Flowing {
  server: Server
  alerts: Alerts
  receiver: Receiver
  arrived: Arrived
  id: string
}
async function start(lines: number, options: Parameters<typeof Server.start>[0] = {}): Promise<Flowing> {
  const receiver = await Receiver.start()
  scope.defer(() => receiver.stop())
  const { id, name } = await flow(lines)
  const server = await Server.start({ docker: [engine.url], ...options })
  const alerts = new Alerts(server)
  const destination = await alerts.webhook(receiver.url, { concurrency: 4, rate })
  await watching(alerts, await alerts.rule({ containers: `name == "${name}"`, log: 'message startsWith "boom"', by: ['message'], destinations: [destination] }))
  await engine.release(id)
  return { server, alerts, receiver, arrived: new Arrived(receiver), id }
}

describe('Nothing is lost, and nothing is told twice under two names,', () => {
  // KILLS=200 for the long form.
  const kills = Number(process.env['KILLS'] ?? 12)

  test(
    'when the server is killed again and again while lines flow',
    async () => {
      const lines = kills * 40
      let { server, arrived, id } = await start(lines)
      for (let kill = 0; kill < kills; kill += 1) {
        await sleep(100 + Math.random() * 900)
        await server.kill()
        server = await Server.start({ docker: [engine.url], data: server.data })
      }
      expect(await arrived.all(lines)).toEqual([])
      await server.stop()
      await engine.docker('rm', '-f', id)
    },
    300_000 + kills * 6000,
  )

  test('when it is killed before a container has said anything', { timeout: 300_000 }, async () => {
    const receiver = await Receiver.start()
    scope.defer(() => receiver.stop())
    let server = await Server.start({ docker: [engine.url] })
    const alerts = new Alerts(server)
    const destination = await alerts.webhook(receiver.url, { concurrency: 4, rate })
    const rule = await alerts.rule({ containers: `name == "flow-${names + 1}"`, log: 'message startsWith "boom"', by: ['message'], destinations: [destination] })
    // It is made while the server runs, so nothing of it was passed over.
    const { id } = await flow(40)
    await watching(alerts, rule)
    // So long that it is none of those that were made just before the kill: their lines count anyhow.
    await sleep(12_000)
    await server.kill()
    await engine.release(id)
    await eventually('its lines', async () => (await engine.docker('logs', id)).includes('boom 40'))
    server = await Server.start({ docker: [engine.url], data: server.data })
    expect(await new Arrived(receiver).all(40)).toEqual([])
    await server.stop()
    await engine.docker('rm', '-f', id)
  })

  test('when the disk is full for a while', { timeout: 300_000 }, async () => {
    const disk = newFolder('disk')
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
    scope.defer(() => void execFileSync('umount', ['--lazy', disk]))
    const { server, receiver, arrived, id } = await start(400, { data: path.join(disk, 'data') })
    await receiver.until(20)
    // Whatever room is left goes.
    const filler = path.join(disk, 'filler')
    try {
      for (let n = 0; n < 10_000; n += 1) appendFileSync(filler, Buffer.alloc(4096))
    } catch {
      // It is full now.
    }
    await eventually('word that nothing can be written', () => server.output.includes('alerts cannot be written') || server.output.includes('cannot be noted'))
    await sleep(2000)
    rmSync(filler)
    expect(await arrived.all(400)).toEqual([])
    await server.stop()
    await engine.docker('rm', '-f', id)
  })

  test('when the clock is set back an hour, and forward again, and the server is killed in between', { timeout: 300_000 }, async () => {
    const clock = path.join(newFolder('clock'), 'offset')
    const set = (offset: string) => writeFileSync(clock, `${offset}\n`)
    set('+0')
    const env = { LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' }
    const lines = 600
    const begun = await start(lines, { env })
    const { receiver, arrived, id } = begun
    let { server } = begun
    const says = async () => {
      const live = await server.live()
      const hello = await eventually('hello', () => live.messages[0])
      live.close()
      return Date.parse(hello.server_time)
    }
    await receiver.until(50)
    set('-1h')
    await eventually('the clock was set back', async () => (await says()) < Date.now() - 3_000_000)
    await receiver.until(200)
    await server.kill()
    server = await Server.start({ docker: [engine.url], data: server.data, env })
    await receiver.until(350)
    set('+0')
    expect(await arrived.all(lines)).toEqual([])
    await server.stop()
    await engine.docker('rm', '-f', id)
  })
})

// OUTAGE=600 STORM=10000 for the long form.
const outage = Number(process.env['OUTAGE'] ?? 10) * 1000
const storm = Number(process.env['STORM'] ?? 1000)

test('What fires while a receiver is down comes in order when it is back, and others are told meanwhile as ever', { timeout: 300_000 + 2 * outage + storm * 20 }, async () => {
  const down = await Receiver.start()
  const healthy = await Receiver.start()
  const server = await Server.start({ docker: [engine.url] })
  const alerts = new Alerts(server)
  const name = `storm-${++names}`
  // All in one group of one rule, which is told one by one as far as its burst goes, so many batches of it as the outage is long.
  const seconds = outage / 1000
  const script = `i=0; while [ $i -lt ${storm} ]; do for k in $(seq ${Math.ceil(storm / seconds)}); do i=$((i+1)); echo "boom $i"; done; echo "tick $i"; sleep 1; done; sleep 100000`
  const id = await engine.runHeld(script, { name })
  const mine = `name == "${name}"`
  const [to_down, to_healthy] = [await alerts.webhook(down.url, { concurrency: 4, rate }), await alerts.webhook(healthy.url)]
  await watching(alerts, await alerts.rule({ containers: mine, log: 'message startsWith "boom"', by: ['message'], destinations: [to_down] }))
  const ordered = await alerts.rule({ name: 'ordered', containers: mine, log: 'message startsWith "tick"', destinations: [to_down, to_healthy] })
  await watching(alerts, ordered)
  await down.down()
  await engine.release(id)
  const resident = () => server.metricSum('process_resident_memory_bytes')
  await eventually('the beginning', () => healthy.accepted.length >= 2, 60_000)
  const before = await resident()
  await eventually('all alerts', async () => (await server.metricSum('taffrail_rule_matches_total')) >= storm, outage * 2 + 120_000, 500)
  await sleep(Math.max(0, outage - 1000 * healthy.accepted.length))
  const grown = (await resident()) - before
  await down.up()
  const arrived = new Arrived(down)
  expect(await arrived.all(storm)).toEqual([])
  const ticks = await eventually('all ticks', async () => {
    const seen = down.accepted.map(({ json }) => json().detail as string).filter((detail) => detail.startsWith('tick'))
    return seen.length >= healthy.accepted.length ? seen : undefined
  }, 120_000, 500)
  const numbers = ticks.map((tick) => Number(tick.split(' ')[1]))
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  // Each group of the storm is one of its own: those are tried oldest first.
  const percentile = (values: number[]) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * 0.99))]!
  const p99 = percentile(healthy.accepted.map(({ at, json }) => at - json().log.timestamp))
  const judged = percentile(healthy.accepted.map(({ json }) => Date.parse(json().timestamp) - json().log.timestamp))
  console.log(`${storm} alerts in an outage of ${seconds} s: others p99 ${p99} ms (until it is judged ${judged} ms), memory grown by ${(grown / 1e6).toFixed(1)} MB`)
  expect(p99).toBeLessThan(5000)
  expect(grown).toBeLessThan(40e6)
  await server.stop()
  await Promise.all([down.stop(), healthy.stop()])
  await engine.docker('rm', '-f', id)
})
