import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { DockerEngine } from '../e2e/fixtures/docker.ts'
import { FakeEngine, stoppedContainers } from '../e2e/fixtures/fake_engine.ts'
import { newFolder } from '../e2e/fixtures/folder.ts'
import { Scope } from '../e2e/fixtures/scope.ts'
import { Server, type ServerOptions } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import { read, readAgain } from './crowd.ts'
import { type Row, putAhead } from './measure.ts'
import { Pressure, chosen, percentile, tellStalls } from './pressure.ts'
import { CheapViewer } from './viewer.ts'

const SECONDS = 10
const CONTAINERS = 10_000
const WATCHED = 2_000
const P99_MS = 20
const LONGEST_MS = 100

/** True of nothing, and 45,000 steps dear for each line or container that it is asked about; the number makes it another. */
const dear = (number = 0) => `all(1..${45_000 + number}, # > 0)`

interface Attack {
  name: string
  /** What there is to attack; its parts end with the scope. */
  world: (scope: Scope) => Promise<ServerOptions>
  /** Waits until the server knows of it. */
  ready?: (server: Server) => Promise<unknown>
  /** Goes on until the scope closes. What is returned is asked at the end for what came of it. */
  attack: (scope: Scope, server: Server) => Promise<() => string | Promise<string>>
}

const demo = async () => ({ args: ['--source', 'demo:rate=10'] }) // about 300 lines a second
const listed = (count: number) => (server: Server) => eventually(`${count} containers`, async () => (await server.containers()).length >= count, 60_000, 200)

const stopped = async (scope: Scope) => {
  const engine = await FakeEngine.start(stoppedContainers(CONTAINERS))
  scope.defer(() => engine.stop())
  return { docker: [engine.url] }
}

/** Running containers with made-up cgroup files, so that each has a sample every second. */
const measured = async (scope: Scope) => {
  const root = newFolder('cgroups')
  mkdirSync(path.join(root, 'sys/fs/cgroup/docker'), { recursive: true })
  writeFileSync(path.join(root, 'sys/fs/cgroup/cgroup.controllers'), 'cpu memory io pids\n')
  const containers = stoppedContainers(WATCHED).map((container, n) => ({ ...container, state: 'running' as const, pid: 100_000 + n }))
  for (const { id, pid } of containers) {
    const group = path.join(root, 'sys/fs/cgroup/docker', id)
    mkdirSync(group)
    mkdirSync(path.join(root, 'proc', String(pid)), { recursive: true })
    writeFileSync(path.join(root, 'proc', String(pid), 'cgroup'), `0::/docker/${id}\n`)
    writeFileSync(path.join(group, 'cpu.stat'), `usage_usec ${pid * 1000}\nuser_usec 1\nsystem_usec 1\n`)
    writeFileSync(path.join(group, 'memory.current'), `${pid * 100}\n`)
    writeFileSync(path.join(group, 'pids.current'), '3\n')
  }
  const engine = await FakeEngine.start(containers)
  scope.defer(() => engine.stop())
  return { docker: [engine.url], args: ['--host-root', root] }
}

const FOLLOWED = 300
/** An engine behind TLS that breaks all connections again and again, so that each reading makes its own anew. */
const remote = async (scope: Scope) => {
  const folder = newFolder('tls')
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'], { cwd: folder, stdio: 'ignore' })
  execFileSync('cp', ['cert.pem', 'ca.pem'], { cwd: folder })
  const certificate = { key: readFileSync(path.join(folder, 'key.pem'), 'utf8'), cert: readFileSync(path.join(folder, 'cert.pem'), 'utf8') }
  const containers = stoppedContainers(FOLLOWED).map((container) => ({ ...container, state: 'running' as const }))
  const engine = await FakeEngine.start(
    containers,
    (_, answer, asked) => {
      if (!asked.endsWith('/logs')) return false
      answer.writeHead(200, { 'content-type': 'application/vnd.docker.raw-stream' })
      answer.flushHeaders() // and says nothing
      return true
    },
    certificate,
  )
  scope.defer(() => engine.stop())
  const timer = setInterval(() => engine.breakConnections(), 2000)
  scope.defer(() => clearInterval(timer))
  return { docker: [engine.url], args: ['--docker-cert', folder] }
}

const folders = new WeakMap<ServerOptions, string>()
const files = async () => {
  const folder = newFolder('files')
  for (let n = 0; n < CONTAINERS; n += 1) writeFileSync(path.join(folder, `${n}.log`), `2026-11-26T10:00:00Z line of ${n}\n`)
  const options = { args: ['--source', `files:${folder}/*.log`] }
  folders.set(options, folder)
  return options
}

const engines = new WeakMap<ServerOptions, DockerEngine>()
const docker = async (scope: Scope) => {
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  for (let n = 0; n < 5; n += 1) await engine.run(['sh', '-c', 'while true; do echo tick; sleep 0.1; done'], { name: `ticking-${n}` })
  const options = { docker: [engine.url] }
  engines.set(options, engine)
  return options
}

/** Follows with filters that are dear, and tells the last word of one of them. */
const follow = (count: number): Attack['attack'] => async (scope, server) => {
  const readers = Array.from({ length: count }, (_, n) => read(scope, server.address, `/api/v1/logs?follow=true&tail=0&filter=${dear(n)} and level=="fatal"`))
  return () => /^\{.*\}$/gm.exec(readers[0]!.tail.toString())?.[0].slice(0, 160) ?? `${readers[0]!.bytes} bytes came of it`
}

const tabs = (count: number): Attack['attack'] => async (scope, server) => {
  const viewers = await Promise.all(Array.from({ length: count }, () => CheapViewer.open(server.address, { type: 'subscribe', sub: 2, what: 'stats' })))
  viewers.forEach((viewer) => scope.defer(() => viewer.close()))
  return () => `${(viewers.reduce((sum, viewer) => sum + viewer.allBytes, 0) / 1e6).toFixed(1)} MB of frames`
}

const again = (target: string, atOnce: number): Attack['attack'] => async (scope, server) => {
  const complete = readAgain(scope, server.address, target, atOnce)
  return () => `${complete()} answers`
}

function attacks(): Attack[] {
  let options: ServerOptions
  const keep = (world: (scope: Scope) => Promise<ServerOptions>) => async (scope: Scope) => (options = await world(scope))
  return [
    { name: 'a dear filter on 300 lines/s', world: demo, attack: follow(1) },
    { name: 'four dear filters', world: demo, attack: follow(4) },
    { name: `dear filter over ${CONTAINERS} containers, 4 at once`, world: stopped, ready: listed(CONTAINERS), attack: again(`/api/v1/containers?filter=${dear()} and state=="running"`, 4) },
    { name: `list of ${CONTAINERS} containers, 50 at once`, world: stopped, ready: listed(CONTAINERS), attack: again('/api/v1/containers', 50) },
    { name: `metrics of ${WATCHED} containers watched by ten tabs`, world: measured, ready: listed(WATCHED), attack: tabs(10) },
    {
      name: `/stats over ${WATCHED} watched containers, 4 at once`,
      world: measured,
      ready: listed(WATCHED),
      attack: async (scope, server) => {
        await tabs(1)(scope, server)
        return again('/api/v1/stats', 4)(scope, server)
      },
    },
    {
      name: `${FOLLOWED} logs of an engine behind TLS that breaks all connections`,
      world: remote,
      ready: listed(FOLLOWED),
      attack: async (scope, server) => {
        read(scope, server.address, '/api/v1/logs?follow=true&tail=0')
        return async () => `${await server.metricSum('taffrail_engine_requests_total', 'endpoint="logs"')} readings`
      },
    },
    {
      name: `${CONTAINERS} files, 50 new ones, and lines in some`,
      world: keep(files),
      ready: listed(CONTAINERS),
      attack: async (scope, server) => {
        const folder = folders.get(options)!
        let made = 0
        const timer = setInterval(() => {
          if (made < 50) writeFileSync(path.join(folder, `new-${made}.log`), 'a line\n')
          made += 1
          for (let n = 0; n < 50; n += 1) appendFileSync(path.join(folder, `${n}.log`), 'another line\n')
        }, 150)
        scope.defer(() => clearInterval(timer))
        return async () => `${(await server.containers()).length} known at the end`
      },
    },
    {
      name: 'an engine that hangs (SIGSTOP)',
      world: keep(docker),
      ready: listed(5),
      attack: async (scope, server) => {
        const daemons = engines.get(options)!.daemons()
        read(scope, server.address, '/api/v1/logs?follow=true&tail=10')
        await tabs(2)(scope, server)
        await sleep(1000)
        const signal = (name: NodeJS.Signals) => daemons.forEach((pid) => process.kill(pid, name))
        scope.defer(() => signal('SIGCONT'))
        signal('SIGSTOP')
        const begun = performance.now()
        const said = eventually('word of it', async () => (await server.get('/api/v1/info')).json().hosts[0].state !== 'connected', 20_000, 50).then(
          () => `said to be away after ${((performance.now() - begun) / 1000).toFixed(1)} s`,
          () => 'never said to be away',
        )
        readAgain(scope, server.address, '/api/v1/containers/ticking-1/logs?tail=100', 4)
        return () => said
      },
    },
  ]
}

const milliseconds = (p99: number, longest: number) => `${p99.toFixed(1)} and ${longest.toFixed(0)} ms`

/**
 * Every known way to hold up the owner thread, each against a server of its own, while `/healthz` is asked every 20 ms from another
 * process. An idle server beside it is asked as often: what that one's answers take is this machine's doing.
 */
export async function lag(scope: Scope): Promise<Row[]> {
  const idle = await Server.start({ args: ['--source', 'demo'] })
  scope.defer(() => idle.stop())
  putAhead(idle.pid)
  const rows: Row[] = []
  const limit = `p99 ≤ ${P99_MS}, longest ≤ ${LONGEST_MS} ms`
  for (const { name, world, ready, attack } of chosen(attacks())) {
    const own = new Scope()
    try {
      const server = await Server.start(await world(own))
      own.defer(() => server.stop())
      await ready?.(server)
      const attackers = new Scope()
      own.defer(() => attackers.close())
      const pressure = await Pressure.begin(own, server, [
        { name: 'healthz', address: server.address, path: '/healthz', every: 20 },
        { name: 'idle', address: idle.address, path: '/healthz', every: 20 },
      ])
      const came = await attack(attackers, server)
      await sleep(SECONDS * 1000)
      const what = await came()
      const { lag: owner, asked, cpu } = await pressure.end()
      await attackers.close()
      const { took, failed, failure, leftOut } = asked.get('healthz')!
      const outside = { p99: percentile(took, 0.99), longest: Math.max(...took) }
      const beside = asked.get('idle')!.took
      const within = (p99: number, longest: number) => p99 <= P99_MS && longest <= LONGEST_MS
      rows.push(
        { what: `${name}: lag of the owner, p99 and longest`, measured: `≤ ${milliseconds(owner.p99 * 1000, owner.longest * 1000)}`, limit, met: within(owner.p99 * 1000, owner.longest * 1000) },
        { what: `${name}: /healthz, p99 and longest of ${took.length}`, measured: milliseconds(outside.p99, outside.longest), limit, met: within(outside.p99, outside.longest) && !failed && !leftOut },
        { what: '  an idle server beside it; own CPU', measured: `${milliseconds(percentile(beside, 0.99), Math.max(...beside))}; ${(cpu * 100).toFixed(0)} %`, limit: '' },
        { what: `  ${what}`, measured: failed || leftOut ? `${failed} failed (${failure}), ${leftOut} left out` : '', limit: '' },
      )
      tellStalls(name, server)
    } finally {
      await own.close()
    }
  }
  return rows
}
