import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { DockerEngine } from '../e2e/fixtures/docker.ts'
import { newFolder } from '../e2e/fixtures/folder.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import { writeMaterial } from './material.ts'
import { type Row, cpu, memory, upTo } from './measure.ts'

const MEGABYTES = 200
/** Containers that share the lines, and the most that these may take on disk, in MB. */
const CASES = [
  { containers: 1, disk: 32 },
  { containers: 16, disk: 29 },
  { containers: 50, disk: 36 },
]
/** Lines that a container of several writes before the next one's turn. */
const RUN = 200

/** Deals the lines out to so many files, in runs. */
export function deal(file: string, folder: string, parts: number): number {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  const dealt: string[][] = Array.from({ length: parts }, () => [])
  for (let at = 0; at < lines.length; at += RUN) dealt[(at / RUN) % parts]!.push(...lines.slice(at, at + RUN))
  dealt.forEach((part, n) => {
    writeFileSync(path.join(folder, `part-${n}`), '')
    appendFileSync(path.join(folder, `part-${n}`), `${part.join('\n')}\n`)
  })
  return lines.length
}

/** Waits until a process has done what it had to do. */
async function quiet(pid: number): Promise<void> {
  for (let before = cpu([pid]); ; ) {
    await sleep(3000)
    const now = cpu([pid])
    if (now - before < 60_000) return
    before = now
  }
}

export async function history(scope: Scope): Promise<Row[]> {
  const folder = newFolder('material')
  const material = path.join(folder, 'mixed.log')
  const lines = writeMaterial(material, MEGABYTES * 1e6)
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  const packed = Number(execFileSync('sh', ['-c', `zstd -1 -c ${material} | wc -c`], { encoding: 'utf8' }))
  const rows: Row[] = [{ what: `${lines} lines packed by zstd -1`, measured: `${(packed / 1e6).toFixed(1)} MB`, limit: '' }]
  for (const { containers, disk } of CASES) {
    deal(material, folder, containers)
    const server = await Server.start({ docker: [engine.url] })
    const started: string[] = []
    for (let n = 0; n < containers; n += 1)
      started.push(await engine.runHeld(`cat /material/part-${n}; sleep 100000`, { args: ['--volume', `${folder}:/material:ro`] }))
    await eventually('all containers', async () => (await server.containers()).length >= containers)
    await sleep(2000)
    const before = cpu([server.pid])
    await Promise.all(started.map((container) => engine.release(container)))
    await eventually('all lines are stored', async () => (await server.metricSum('taffrail_history_lines')) >= lines, 600_000, 500)
    const stored = cpu([server.pid]) - before
    await quiet(server.pid)
    const used = (cpu([server.pid]) - before) / lines
    const label = `${containers} container${containers > 1 ? 's' : ''}`
    const bytes = await server.metricSum('taffrail_history_bytes')
    rows.push(upTo(`${label}: own CPU from a line of the engine's file to the disk, merges included`, used, 'µs', 3.2, 2))
    rows.push({ what: `${label}: of which until all lines were written`, measured: `${(stored / lines).toFixed(2)} µs`, limit: '' })
    const resident = memory(server.pid).resident
    const merges = await server.metricSum('taffrail_history_merges_total')
    const blocks = await server.metricSum('taffrail_history_blocks')
    await server.stop()
    rows.push(upTo(`${label}: history.db`, statSync(path.join(server.data, 'history.db')).size / 1e6, 'MB', disk))
    rows.push({ what: `${label}: of which blocks; blocks, merges; resident`, measured: `${(bytes / 1e6).toFixed(1)} MB; ${blocks}, ${merges}; ${resident.toFixed(0)} MB`, limit: '' })
    for (const container of started) await engine.docker('rm', '--force', container)
  }
  return rows
}
