import { appendFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { Alerts } from '../e2e/fixtures/alerts.ts'
import { DockerEngine } from '../e2e/fixtures/docker.ts'
import { newFolder } from '../e2e/fixtures/folder.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import { rule } from './alerts.ts'
import { deal } from './history.ts'
import { writeMaterial } from './material.ts'
import { type Row, cpu, upTo } from './measure.ts'

/** How long the containers write; the promise is about ten minutes. */
const SECONDS = Number(process.env['STEADY_SECONDS'] ?? 600)
const CONTAINERS = 50
const RATE = 5000
/** Lines that a container writes before the next one's turn. */
const RUN = 20
const RULES = 20
const LOGS = 1000
const LOGS_RATE = 20_000
const MEMORY = 192 * 1.048576

/** The most that was resident at any time, in MB. */
const peak = (pid: number) => (Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024) / 1e6

/** How far the newest stored line is behind, in seconds. */
async function behind(server: Server): Promise<number> {
  const { until } = (await server.get('/api/v1/history')).json()
  return until ? (Date.now() - Date.parse(until)) / 1000 : Number.POSITIVE_INFINITY
}

/** Containers that write all the time, with rules over each line. */
async function containers(scope: Scope): Promise<Row[]> {
  const folder = newFolder('material')
  const material = path.join(folder, 'mixed.log')
  writeMaterial(material, 100e6)
  deal(material, folder, CONTAINERS)
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  const alerts = new Alerts(server)
  for (let n = 0; n < RULES; n += 1) await alerts.rule({ name: `rule ${n}`, log: rule(n) })
  const pause = Math.round((1e6 * RUN) / (RATE / CONTAINERS))
  const started = await Promise.all(
    Array.from({ length: CONTAINERS }, (_, n) =>
      engine.runHeld(`while :; do awk '{ print } NR % ${RUN} == 0 { fflush(); system("usleep ${pause}") }' /material/part-${n}; done`, { args: ['--volume', `${folder}:/material:ro`] }),
    ),
  )
  await eventually('all containers', async () => (await server.containers()).length >= CONTAINERS)
  await Promise.all(started.map((container) => engine.release(container)))
  await eventually('lines are stored', async () => (await server.metricSum('taffrail_history_lines')) > RATE)
  const before = { cpu: cpu([server.pid]), lines: await server.metricSum('taffrail_history_written_lines_total'), at: Date.now() }
  const lags: number[] = []
  while (Date.now() - before.at < SECONDS * 1000) {
    await sleep(2000)
    lags.push(await behind(server))
  }
  const seconds = (Date.now() - before.at) / 1000
  const lines = (await server.metricSum('taffrail_history_written_lines_total')) - before.lines
  const used = (cpu([server.pid]) - before.cpu) / 1e6
  const what = `${CONTAINERS} containers, ${(lines / seconds).toFixed(0)} lines/s for ${seconds.toFixed(0)} s, ${RULES} rules`
  return [
    upTo(`${what}: own CPU`, (100 * used) / seconds, '% of a core', 2, 2),
    upTo(`${what}: own CPU of a line`, (used * 1e6) / lines, 'µs', undefined, 2),
    upTo(`${what}: the newest stored line, most behind`, Math.max(...lags), 's', 2, 2),
    upTo(`${what}: most resident`, peak(server.pid), 'MB', undefined, 0),
  ]
}

/** Many logs that all write. */
async function logs(scope: Scope): Promise<Row[]> {
  const folder = newFolder('logs')
  const file = (n: number) => path.join(folder, `${n}.log`)
  for (let n = 0; n < LOGS; n += 1) writeFileSync(file(n), '')
  const server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.stop())
  await eventually('all logs', async () => (await server.containers()).length === LOGS, 60_000)
  const each = LOGS_RATE / LOGS
  const seconds = Math.min(60, SECONDS)
  const begun = Date.now()
  let written = 0
  for (let second = 0; second < seconds; second += 1) {
    for (let n = 0; n < LOGS; n += 1) {
      const time = new Date().toISOString()
      let text = ''
      for (let line = 0; line < each; line += 1) text += `${time} INFO request ${(written += 1)} of user ${(written * 7919) % 100_003} took ${written % 997} ms and gave ${(written * 31) % 65_537} bytes\n`
      appendFileSync(file(n), text)
    }
    await sleep(Math.max(0, begun + (second + 1) * 1000 - Date.now()))
  }
  const rate = written / ((Date.now() - begun) / 1000)
  await eventually('all is stored', async () => (await server.metricSum('taffrail_history_lines')) === written, 120_000)
  const late = (Date.now() - begun) / 1000 - seconds
  return [
    upTo(`${LOGS} logs, ${rate.toFixed(0)} lines/s for ${seconds} s: most resident`, peak(server.pid), 'MB', MEMORY, 0),
    upTo(`${LOGS} logs: all was stored behind the last line after`, late, 's', undefined, 1),
    { what: `${LOGS} logs: threads`, measured: String(readdirSync(`/proc/${server.pid}/task`).length), limit: '' },
  ]
}

export async function steady(scope: Scope): Promise<Row[]> {
  return [...(await logs(scope)), ...(await containers(scope))]
}
