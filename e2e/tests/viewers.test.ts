import { afterAll, beforeAll, expect, test } from 'vitest'

import { DockerEngine } from '../fixtures/docker.ts'
import type { Live } from '../fixtures/live.ts'
import { NumberedLines } from '../fixtures/numbers.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

let engine: DockerEngine
let server: Server

beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
})

async function viewer(): Promise<Live> {
  const live = await server.live()
  scope.defer(() => live.close())
  return live
}

function numbersOf(live: Live, sub: number): NumberedLines {
  const numbers = new NumberedLines()
  for (const entry of live.entries(sub)) numbers.take(entry)
  return numbers
}

test('eight viewers of a container cost one reader and no request to the engine, and all see every line', async () => {
  const container = await engine.runHeld('seq 1 20000; sleep 1000')
  await server.container(container)
  const viewers = await Promise.all(Array.from({ length: 8 }, viewer))
  const first = viewers[0]!
  first.subscribeLogs(1, [container])
  await first.caughtUp(1)
  const logRequests = await server.metricSum('taffrail_engine_requests_total', 'logs')
  for (const live of viewers.slice(1)) live.subscribeLogs(1, [container])
  for (const live of viewers) await live.caughtUp(1)
  expect(await server.metricSum('taffrail_readers')).toBe(1)
  expect(await server.metricSum('taffrail_viewers')).toBe(8)
  await engine.release(container)
  for (const live of viewers) {
    await live.line(1, '20000', 20_000)
    const numbers = numbersOf(live, 1)
    expect(numbers.fault ?? '').toBe('')
    expect(numbers.received).toBe(20_000)
  }
  expect(await server.metricSum('taffrail_readers')).toBe(1)
  expect(await server.metricSum('taffrail_engine_requests_total', 'logs')).toBe(logRequests)
  for (const live of viewers) live.close()
  await eventually('no viewer is left', async () => (await server.metricSum('taffrail_viewers')) === 0)
  await engine.docker('rm', '--force', container)
})

test('a viewer that stops reading changes nothing for the others and gets exact gaps', async () => {
  // More than is ever kept for a stalled viewer, at a pace that one which reads can follow on any machine.
  const script = 'i=0; while [ $i -lt 60 ]; do seq $((i * 5000 + 1)) $((i * 5000 + 5000)); i=$((i + 1)); sleep 0.1; done; sleep 1000'
  const container = await engine.runHeld(script)
  await server.container(container)
  const [stalled, suspended, reading] = [await viewer(), await viewer(), await viewer()]
  stalled.subscribeLogs(1, [container], { stalled: true, credit: 65_536 })
  suspended.subscribeLogs(1, [container], { credit: 262_144 })
  reading.subscribeLogs(1, [container])
  for (const live of [stalled, suspended, reading]) await live.caughtUp(1)
  suspended.pause()
  await engine.release(container)

  await reading.line(1, '300000', 40_000)
  const all = numbersOf(reading, 1)
  expect(all.fault ?? '').toBe('')
  expect(all.received).toBe(300_000)

  // The stalled one was given 64 KiB and not one frame more than that allows.
  const before = stalled.entries(1).length
  expect(before).toBeGreaterThan(0)
  expect(before).toBeLessThan(300_000)
  stalled.pay(1, 262_144)
  suspended.resume()
  for (const live of [stalled, suspended]) {
    await live.line(1, '300000', 40_000)
    const numbers = numbersOf(live, 1)
    expect(numbers.fault ?? '').toBe('')
    const told = numbers.gaps.reduce((sum, gap) => sum + (gap.lines ?? Number.NaN), 0)
    expect(numbers.received + told).toBe(300_000)
  }
  const gaps = stalled.entries(1).filter((entry) => entry.gap)
  expect(gaps.length).toBeGreaterThan(0)
  expect(gaps.every(({ gap }) => gap.reason === 'slow_consumer')).toBe(true)
  expect(await server.metricSum('taffrail_gap_lines_total')).toBeGreaterThan(0)

  // A gap can be filled: reading from one neighbour to the other gives exactly the lines that were left out.
  const { gap } = gaps[0]
  const query = `cursor=${encodeURIComponent(gap.after_cursor)}&until_cursor=${encodeURIComponent(gap.before_cursor)}&order=asc`
  const filled = (await server.lines(`/api/v1/containers/${container}/logs?${query}`)).filter((line) => line.seq)
  expect(filled.length).toBe(gap.lines)
  expect(filled[0].seq).toBeGreaterThan(gap.after_seq)
  expect(filled.at(-1).seq).toBeLessThan(gap.before_seq)
  await engine.docker('rm', '--force', container)
})

test('a `follow` read that nobody reads does not hold up the others', async () => {
  const container = await engine.runHeld('seq 1 200000; sleep 1000')
  await server.container(container)
  const stuck = await server.follow(`/api/v1/containers/${container}/logs?follow=true`)
  scope.defer(() => stuck.close())
  stuck.pause()
  const live = await viewer()
  live.subscribeLogs(1, [container])
  await live.caughtUp(1)
  await engine.release(container)
  await live.line(1, '200000', 30_000)
  expect(numbersOf(live, 1).fault ?? '').toBe('')
  await engine.docker('rm', '--force', container)
})

test('several containers come merged in the order of their times', async () => {
  const script = 'i=0; while [ $i -lt 200 ]; do echo $i; i=$((i + 1)); sleep 0.005; done'
  const names = ['merged-1', 'merged-2']
  const containers = await Promise.all(names.map((name) => engine.run(['sh', '-c', script], { name })))
  for (const container of containers) await engine.docker('wait', container)
  for (const container of containers) await server.container(container, ({ state }) => state === 'exited')
  const entries = (await server.lines(`/api/v1/logs?containers=${encodeURIComponent('name startsWith "merged-"')}`)).filter((line) => line.seq)
  expect(entries.length).toBe(400)
  // The order is that of seq, whose ticks of 125 ns two lines of different containers may share.
  const seqs = entries.map((entry) => entry.seq as number)
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
  const micros = entries.map((entry) => entry.time.slice(0, 26))
  expect(micros).toEqual([...micros].sort())
  await engine.docker('rm', '--force', ...containers)
})
