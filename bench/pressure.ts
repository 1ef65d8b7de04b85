import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import type { Address } from '../e2e/fixtures/http.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import type { Server } from '../e2e/fixtures/taffrail.ts'
import { within } from '../e2e/fixtures/wait.ts'
import { cpu, putAhead } from './measure.ts'

/** What an innocent client asks, every so many milliseconds. */
export interface Question {
  name: string
  address: Address
  path: string
  every: number
}

export interface Asked {
  /** Milliseconds until each answer was complete, or had failed. */
  took: number[]
  failed: number
  failure?: string
  /** Not asked at all, since too many were waiting for an answer. */
  leftOut: number
}

export interface Pressed {
  /** The owner thread's lag in seconds by the server's own metric: an upper bound of its 99th percentile, and the longest meanwhile. */
  lag: { p99: number; longest: number }
  asked: Map<string, Asked>
  /** Resident memory in MiB at its peak since the server's start, as the kernel saw it. */
  peak: number
  /** Share of one core that the server used. */
  cpu: number
}

const LAG = 'taffrail_owner_lag_seconds_bucket'
const LONGEST = 'taffrail_owner_longest_lag_seconds'

export function percentile(values: number[], share: number): number {
  if (!values.length) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

/** Those whose name has what ATTACK says in it, to look at one again and again; all without. */
export function chosen<T extends { name: string }>(attacks: T[]): T[] {
  return attacks.filter(({ name }) => name.includes(process.env['ATTACK'] ?? ''))
}

/** Prints what the server's log says of times when its owner thread was away, and what ran then. */
export function tellStalls(name: string, server: Server): void {
  const told = server.output.split('\n').filter((line) => line.includes('owner thread'))
  for (const line of told.slice(0, 3)) console.log(`${name}: ${line.slice(0, 2000)}`)
}

/** The most memory that was resident at once since the start of the process, in MiB. */
export function peakMemory(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024
}

/** Memory that is resident now, in MiB. */
export function residentMemory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024
}

/** Has `peakMemory` begin anew. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Looks at a server from outside while something else is done to it. */
export class Pressure {
  readonly #server: Server
  readonly #probe: ChildProcess
  readonly #before: { buckets: Map<string, number>; longest: number; cpu: number; at: number }

  private constructor(server: Server, probe: ChildProcess, buckets: Map<string, number>, longest: number) {
    this.#server = server
    this.#probe = probe
    this.#before = { buckets, longest, cpu: cpu([server.pid]), at: performance.now() }
  }

  static async begin(scope: Scope, server: Server, questions: Question[]): Promise<Pressure> {
    const buckets = await server.metric(LAG)
    const longest = await server.metricSum(LONGEST)
    if (!buckets.size) throw new Error(`the server has no ${LAG}`)
    const probe = fork(path.join(import.meta.dirname, 'probe.ts'))
    scope.defer(() => probe.kill('SIGKILL'))
    putAhead(server.pid)
    putAhead(probe.pid!)
    const pressure = new Pressure(server, probe, buckets, longest)
    probe.send({ questions })
    return pressure
  }

  async end(): Promise<Pressed> {
    // The pressure lasts until here; what is still unanswered then is waited for.
    const used = (cpu([this.#server.pid]) - this.#before.cpu) / 1000 / (performance.now() - this.#before.at)
    const report = new Promise<[string, Asked][]>((resolve, reject) => {
      this.#probe.once('message', (message) => resolve(message as [string, Asked][]))
      this.#probe.once('exit', (code) => reject(new Error(`the probe ended with ${code}`)))
    })
    this.#probe.send('report')
    const asked = new Map(await within(90_000, 'word of the probe', report))
    return { lag: await this.#lag(), asked, peak: peakMemory(this.#server.pid), cpu: used }
  }

  async #lag(): Promise<{ p99: number; longest: number }> {
    const now = await this.#server.metric(LAG)
    // Cumulative counts by upper bound, of what came since the beginning.
    const counts = [...now]
      .map(([labels, count]) => ({ bound: Number(/le="([^"]+)"/.exec(labels)?.[1]?.replace('+Inf', 'Infinity')), count: count - (this.#before.buckets.get(labels) ?? 0) }))
      .toSorted((a, b) => a.bound - b.bound)
    const total = counts.at(-1)!.count
    const boundOf = (share: number) => counts.find(({ count }) => count >= total * share)!.bound
    // The metric remembers the longest since the start; one that was longer than all of now leaves the bound of the last bucket.
    const longest = await this.#server.metricSum(LONGEST)
    return { p99: boundOf(0.99), longest: longest > this.#before.longest ? longest : boundOf(1) }
  }
}
