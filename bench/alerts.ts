import path from 'node:path'

import { Alerts } from '../e2e/fixtures/alerts.ts'
import { DockerEngine } from '../e2e/fixtures/docker.ts'
import { newFolder } from '../e2e/fixtures/folder.ts'
import { Receiver } from '../e2e/fixtures/receiver.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import { writeMaterial } from './material.ts'
import { type Row, cpu, memory, upTo } from './measure.ts'

const MEGABYTES = 200
/** Rules over the container that writes, and the limit for our own CPU per line in µs. */
const CASES = [
  { rules: 1, limit: 1.2 },
  { rules: 50, limit: 1.5 },
  { rules: 1000, limit: 2.5 },
]
const QUIET = 50
const SECONDS = 20

/** The n-th of many rules as people write them: words, fields, levels, patterns; none of them matches the material. */
function rule(n: number): string {
  const kinds = [
    `message contains "no such text ${n}"`,
    `level == "fatal" and message contains "never ${n}"`,
    `fields?.status == ${700 + n}`,
    `message matches "order-${n}-[a-z]{5}-failed"`,
    `message icontains "Unheard Of ${n}"`,
  ]
  return kinds[n % kinds.length]!
}

async function add(alerts: Alerts, count: number, more: object): Promise<void> {
  for (let n = 0; n < count; n += 1) await alerts.rule({ name: `rule ${n}`, log: rule(n), ...more })
}

const percentile = (values: number[], share: number) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!

/** Own CPU per line while a container writes as fast as it can, and nobody looks. */
async function perLine(engine: DockerEngine): Promise<Row[]> {
  const folder = newFolder('material')
  const lines = writeMaterial(path.join(folder, 'mixed.log'), MEGABYTES * 1e6)
  const rows: Row[] = []
  for (const { rules, limit } of CASES) {
    const server = await Server.start({ docker: [engine.url] })
    const alerts = new Alerts(server)
    await add(alerts, rules, {})
    const container = await engine.runHeld('cat /material/mixed.log; touch /tmp/done; sleep 100000', { args: ['--volume', `${folder}:/material:ro`] })
    await server.container(container)
    await eventually('the rules are in force', async () => (await alerts.ask('GET', '/rules/1')).watched_containers >= 1)
    await sleep(1000)
    const seen = await server.metricSum('taffrail_alert_lines_total')
    const before = cpu([server.pid])
    await engine.release(container)
    await eventually('all lines', async () => (await server.metricSum('taffrail_alert_lines_total')) - seen >= lines, 180_000, 100)
    const used = (cpu([server.pid]) - before) / lines
    rows.push(upTo(`${rules} rule${rules > 1 ? 's' : ''}: own CPU per line`, used, 'µs', limit, 2))
    rows.push({ what: `${rules} rules: resident memory`, measured: `${memory(server.pid).resident.toFixed(0)} MB`, limit: '' })
    await server.stop()
    await engine.docker('rm', '--force', container)
  }
  return rows
}

/** From a line to the outbox at 20,000 lines a second with 50 rules. */
async function latency(engine: DockerEngine): Promise<Row[]> {
  const server = await Server.start({ docker: [engine.url] })
  const alerts = new Alerts(server)
  const receiver = await Receiver.start()
  const destination = await alerts.webhook(receiver.url, { concurrency: 8, rate: '100000/1m' })
  await add(alerts, 49, {})
  const last = await alerts.rule({ name: 'needles', log: 'message contains "needle"', destinations: [destination], by: ['message'] })
  // 20 times a second 1,000 lines, one of them a needle.
  const script = `i=0; while [ $i -lt ${SECONDS * 20} ]; do i=$((i+1)); echo "needle $i"; head -n 999 /material/lines; usleep 40000; done; sleep 100000`
  const folder = newFolder('lines')
  writeMaterial(path.join(folder, 'lines'), 1e6)
  const container = await engine.runHeld(script, { args: ['--volume', `${folder}:/material:ro`] })
  await eventually('the rules are in force', async () => (await alerts.ask('GET', `/rules/${last}`)).watched_containers >= 1)
  await sleep(500)
  await engine.release(container)
  await receiver.until(SECONDS * 20, 120_000)
  const ages = receiver.accepted.map((request) => request.at - request.json().log.timestamp)
  const kept = (await alerts.notifications()).map((notification) => notification.count)
  await server.stop()
  await receiver.stop()
  await engine.docker('rm', '--force', container)
  return [
    upTo('line to its arrival at the receiver, p99, 20,000 lines/s, 50 rules', percentile(ages, 0.99), 'ms', 100, 0),
    { what: 'the same, median and longest', measured: `${percentile(ages, 0.5)} and ${Math.max(...ages)} ms`, limit: '' },
    { what: 'notifications', measured: `${kept.length} kept of ${SECONDS * 20}, ${receiver.accepted.length} arrived`, limit: `${SECONDS * 20}`, met: receiver.accepted.length === SECONDS * 20 },
  ]
}

/** Quiet containers with rules of every kind. */
async function idle(engine: DockerEngine): Promise<Row[]> {
  for (let n = 0; n < QUIET; n += 1) await engine.run(['sleep', '100000'], { name: `quiet-${n}` })
  const server = await Server.start({ docker: [engine.url] })
  const alerts = new Alerts(server)
  await eventually('all containers', async () => (await server.containers()).length === QUIET)
  await add(alerts, 40, {})
  for (let n = 0; n < 5; n += 1) {
    await alerts.rule({ name: `busy ${n}`, metric: `cpu > ${90 + n}`, for: '2m' })
    await alerts.rule({ name: `exit ${n}`, event: `name == "die" and attributes.exitCode == "${n + 1}"` })
  }
  await sleep(5000)
  const used = await rate(server)
  const resident = memory(server.pid).resident
  await server.stop()
  return [
    upTo('idle, 50 containers, 50 rules: own CPU', used, 'ms/s', 1.5, 2),
    upTo('idle, 50 containers, 50 rules: resident memory', resident, 'MB', 25, 1),
  ]
}

/** As many evaluations as 1,000 metric rules over 1,000 containers have, which are sampled each ten seconds: of fewer containers, each second. */
async function metrics(): Promise<Row[]> {
  const server = await Server.start({ args: ['--source', 'demo'] })
  const alerts = new Alerts(server)
  const containers = await eventually('all containers', async () => (await server.containers()).filter((container) => container.state === 'running').length)
  const rules = Math.round(100_000 / containers)
  const quiet = await rate(server)
  for (let n = 0; n < rules; n += 1) await alerts.rule({ name: `busy ${n}`, metric: `cpu > ${1000 + n} and memory > 10`, for: '30s' })
  await sleep(5000)
  const used = await rate(server)
  const resident = memory(server.pid).resident
  await server.stop()
  return [
    upTo(`${rules} metric rules over ${containers} containers, each second (as 1,000 over 1,000 each ten): own CPU beyond none`, (used - quiet) / 10, '% of a core', 5, 2),
    { what: 'the same: resident memory', measured: `${resident.toFixed(0)} MB`, limit: '' },
  ]
}

/** CPU time in ms per second. */
async function rate(server: Server): Promise<number> {
  const before = cpu([server.pid])
  const begun = performance.now()
  await sleep(SECONDS * 1000)
  return (cpu([server.pid]) - before) / (performance.now() - begun)
}

export async function alerts(scope: Scope): Promise<Row[]> {
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  return [...(await perLine(engine)), ...(await latency(engine)), ...(await idle(engine)), ...(await metrics())]
}
