import path from 'node:path'

import { Alerts } from '../e2e/fixtures/alerts.ts'
import { DockerEngine } from '../e2e/fixtures/docker.ts'
import { FakeEngine, type FakeContainer, fakeId, logFrames } from '../e2e/fixtures/fake_engine.ts'
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
export function rule(n: number): string {
  const kinds = [
    `message contains "no such text ${n}"`,
    `level == "fatal" and message contains "never ${n}"`,
    `fields?.status == ${700 + n}`,
    `message matches "order-${n}-[a-z]{5}-failed"`,
    `lower(text) contains "unheard of ${n}"`,
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
    const server = await Server.start({ docker: [engine.url], args: ['--history', 'off'] })
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
  const server = await Server.start({ args: ['--source', 'demo', '--history', 'off'] })
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

// SHORT=100000 for the long form.
const SHORT = Number(process.env['SHORT'] ?? 20_000)

/** Containers that come, write five lines, fail and go, one rule of each kind: what is left of them. */
async function shortLived(): Promise<Row[]> {
  const engine = await FakeEngine.start([])
  const server = await Server.start({ docker: [engine.url], args: ['--history', 'off'] })
  const alerts = new Alerts(server)
  const rule = await alerts.rule({ name: 'lines', log: 'message contains "fails"', count: { over: 1, in: '5m' } })
  await alerts.rule({ name: 'exits', event: 'name == "die" and attributes.exitCode == "3"' })
  await alerts.rule({ name: 'busy', metric: 'cpu > 90', for: '2m' })
  const sizes: number[] = []
  const together = 50
  const tenth = Math.ceil(SHORT / 10 / together) * together
  for (let n = 0; n < SHORT; n += together) {
    const log = logFrames(['begins', 'works', 'fails', 'fails again', 'ends'])
    const some: FakeContainer[] = Array.from({ length: Math.min(together, SHORT - n) }, (_, i) => ({ id: fakeId(n + i + 1), name: `short-${n + i}`, state: 'running', created: Date.now(), log }))
    const all = n + some.length
    engine.containers = some
    for (const one of some) for (const action of ['create', 'start']) engine.happen(one, action)
    await eventually('their alerts', async () => (await server.metricSum('taffrail_rule_matches_total')) >= 2 * all + n, 60_000, 5)
    engine.containers = []
    for (const one of some) {
      engine.happen(one, 'die', { exitCode: '3' })
      engine.happen(one, 'destroy')
    }
    await eventually('their ends', async () => (await server.metricSum('taffrail_rule_matches_total')) >= 3 * all, 60_000, 5)
    if (all % tenth === 0) sizes.push(memory(server.pid).resident)
  }
  const known = (await server.containers()).length
  // A rule's own count is that of what is written.
  const matches = await eventually('all matches are counted', async () => {
    const { matches: written } = await alerts.ask('GET', `/rules/${rule}`)
    return written >= 2 * SHORT ? written : undefined
  })
  await server.stop()
  await engine.stop()
  // From then on a rule forgets a group for each new one.
  const most_groups = 10_000
  const full = sizes.findIndex((_, i) => (i + 1) * tenth > most_groups)
  const grown = `${SHORT} short-lived containers: memory after all of them beyond that`
  return [
    full < 0
      ? { what: `${grown} after the first ${most_groups}`, measured: 'there were fewer', limit: '' }
      : upTo(`${grown} after ${(full + 1) * tenth}`, sizes.at(-1)! - sizes[full]!, 'MB', 4, 1),
    { what: 'the same: resident memory after each tenth', measured: `${sizes.map((size) => size.toFixed(0)).join(' ')} MB`, limit: '' },
    { what: 'the same: matches of their lines, and containers that are still known', measured: `${matches} and ${known}`, limit: `${2 * SHORT} and 0`, met: matches === 2 * SHORT && known === 0 },
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
  return [...(await perLine(engine)), ...(await latency(engine)), ...(await idle(engine)), ...(await metrics()), ...(await shortLived())]
}
