import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { sleep } from '../e2e/fixtures/wait.ts'
import { read } from './crowd.ts'
import { type Row, cpu, memory, upTo } from './measure.ts'
import { peakMemory } from './pressure.ts'

const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 600)
/** About 70,000 lines a second over all services. */
const RATE = 2_000
const FOLLOWERS = 4
const MEMORY_MIB = 192
const BEYOND_MIB = 100
/** Of the last third's mean over that of the third before: allocators breathe. */
const FLAT_MIB = 10

/** The demo at its busiest with merged followers that read all of it: memory must come to a rest. */
export async function soak(scope: Scope): Promise<Row[]> {
  const server = await Server.start({ args: ['--source', `demo:rate=${RATE}`, '--memory', `${MEMORY_MIB}MiB`] })
  scope.defer(() => server.stop())
  const readers = Array.from({ length: FOLLOWERS }, () => read(scope, server.address, '/api/v1/logs?follow=true&tail=0'))
  await sleep(2000)
  const before = { cpu: cpu([server.pid]), lines: await server.metricSum('taffrail_lines_total'), gaps: await server.metricSum('taffrail_gap_lines_total'), at: performance.now() }
  const resident: number[] = []
  while (performance.now() - before.at < SECONDS * 1000) {
    await sleep(1000)
    resident.push((memory(server.pid).resident * 1000) / 1024)
    if (resident.length % 30 === 0) console.log(`${resident.length} s: ${resident.at(-1)!.toFixed(0)} MiB resident`)
  }
  const seconds = (performance.now() - before.at) / 1000
  const lines = (await server.metricSum('taffrail_lines_total')) - before.lines
  const gaps = (await server.metricSum('taffrail_gap_lines_total')) - before.gaps
  const used = cpu([server.pid]) - before.cpu
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const third = Math.floor(resident.length / 3)
  const growth = mean(resident.slice(2 * third)) - mean(resident.slice(third, 2 * third))
  return [
    { what: `${seconds.toFixed(0)} s, ${FOLLOWERS} merged followers: lines a second`, measured: `${(lines / seconds).toFixed(0)} read, ${gaps} in gaps`, limit: '' },
    { what: 'own CPU a line, all followers', measured: `${(used / lines).toFixed(2)} µs`, limit: '' },
    { what: 'received by each follower', measured: readers.map((reader) => `${(reader.bytes / 1e6 / seconds).toFixed(1)} MB/s`).join(', '), limit: '' },
    upTo(`most resident memory, --memory ${MEMORY_MIB}MiB`, peakMemory(server.pid), 'MiB', MEMORY_MIB + BEYOND_MIB, 0),
    upTo('growth of resident memory from the second third to the last', growth, 'MiB', FLAT_MIB),
  ]
}
