import path from 'node:path'

import { DockerEngine } from '../e2e/fixtures/docker.ts'
import { newFolder } from '../e2e/fixtures/folder.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import { writeMaterial } from './material.ts'
import { type Row, cpu, memory, upTo } from './measure.ts'
import { CheapViewer } from './viewer.ts'

const MEGABYTES = 200
// BASELINES: own CPU per line in µs, and the engine's beyond what it uses with nobody there.
const CASES = [
  { viewers: 1, files: 'auto', own: 3, engine: 0 },
  { viewers: 8, files: 'auto', own: 6, engine: 0 },
  { viewers: 1, files: 'off', own: undefined, engine: 13 },
  { viewers: 8, files: 'off', own: undefined, engine: 13 },
]

export async function writing(scope: Scope): Promise<Row[]> {
  const folder = newFolder('material')
  const lines = writeMaterial(path.join(folder, 'mixed.log'), MEGABYTES * 1e6)
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())

  /** Lets a new container write the material; returns the engine's CPU per line and the seconds it took to write. */
  const write = async (before: (container: string) => Promise<void>) => {
    const container = await engine.runHeld('cat /material/mixed.log; touch /tmp/done; sleep 100000', { args: ['--volume', `${folder}:/material:ro`] })
    await before(container)
    const processes = await engine.processes()
    const used = cpu(processes)
    const started = performance.now()
    await engine.release(container)
    await engine.docker('exec', container, 'sh', '-c', 'while [ ! -e /tmp/done ]; do sleep 0.05; done')
    // The container has handed over its last line; the engine has written it when the file stops growing.
    const seconds = (performance.now() - started) / 1000
    return { container, seconds, engine: () => (cpu(processes) - used) / lines }
  }

  // The engine alone: as a warm-up, which does not count, and before and after the cases, because the machine's mood changes.
  const writeAlone = async () => {
    const run = await write(async () => {})
    await sleep(2000)
    const perLine = run.engine()
    await engine.docker('rm', '--force', run.container)
    return { perLine, rate: lines / run.seconds }
  }
  await writeAlone()
  const first = await writeAlone()
  const measured: { label: string; own: number; ownLimit: number | undefined; engine: number; engineLimit: number; rows: Row[] }[] = []

  for (const { viewers, files, own, engine: engineLimit } of CASES) {
    const server = await Server.start({ docker: [engine.url], args: ['--log-files', files, '--history', 'off'] })
    const watching: CheapViewer[] = []
    let ownBefore = 0
    const run = await write(async (container) => {
      await server.container(container)
      for (let n = 0; n < viewers; n += 1) {
        watching.push(await CheapViewer.open(server.address, { type: 'subscribe', sub: 1, what: 'logs', containers: [container], tail: 500, credit: 1 << 20 }))
      }
      await sleep(500)
      ownBefore = cpu([server.pid])
    })
    const complete = () => watching.every((viewer) => viewer.lines + viewer.gapLines >= lines)
    await eventually('all lines or exact gaps', complete, 120_000, 50).catch(() => {})
    const ownCpu = (cpu([server.pid]) - ownBefore) / lines
    const engineCpu = run.engine()
    const label = `${viewers} viewer${viewers > 1 ? 's' : ''}, ${files === 'auto' ? 'direct files' : 'engine API'}`
    const rows: Row[] = []
    measured.push({ label, own: ownCpu, ownLimit: own, engine: engineCpu, engineLimit, rows })
    const received = watching.map((viewer) => viewer.lines)
    const gaps = watching.map((viewer) => viewer.gapLines)
    rows.push({
      what: `${label}: lines received, lines in gaps`,
      measured: `${Math.min(...received)}–${Math.max(...received)}, ${Math.min(...gaps)}–${Math.max(...gaps)}`,
      limit: `${lines} together`,
      met: watching.every((viewer) => viewer.lines + viewer.gapLines === lines),
    })
    rows.push({ what: `${label}: written in, resident memory`, measured: `${run.seconds.toFixed(1)} s, ${memory(server.pid).resident.toFixed(0)} MB`, limit: '' })
    for (const viewer of watching) viewer.close()
    await server.stop()
    await engine.docker('rm', '--force', run.container)
  }
  const last = await writeAlone()
  const alone = (first.perLine + last.perLine) / 2
  return [
    { what: `${lines} lines; the engine alone`, measured: `${first.perLine.toFixed(1)} and ${last.perLine.toFixed(1)} µs CPU per line, ${(first.rate / 1000).toFixed(0)}k lines/s`, limit: '' },
    ...measured.flatMap(({ label, own, ownLimit, engine: engineCpu, engineLimit, rows }) => [
      upTo(`${label}: own CPU per line`, own, 'µs', ownLimit, 2),
      // Two runs of the same engine differ by some tenths of a microsecond per line.
      upTo(`${label}: extra engine CPU per line`, Math.max(0, engineCpu - alone), 'µs', engineLimit || 1, 2),
      ...rows,
    ]),
  ]
}
