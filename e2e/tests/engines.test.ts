import { readFileSync } from 'node:fs'
import type http from 'node:http'

import { afterAll, expect, test } from 'vitest'

import { DockerEngine } from '../fixtures/docker.ts'
import { FakeEngine, fakeId } from '../fixtures/fake_engine.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// Engines that hang, and engines that would make the server hold or read what it must not.

const scope = new Scope()
afterAll(() => scope.close())

const host = async (server: Server) => (await server.get('/api/v1/info')).json().hosts[0]

function residentMiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line![1]) / 1024
}

test('an engine that hangs is said not to answer, and goes on in the session that it has', async () => {
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  const id = await engine.run(['sleep', '100000'], { name: 'resident' })
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  await server.container(id, ({ state }) => state === 'running')
  const [dockerd] = engine.daemons()
  const asked = async (what: string) => server.metricSum('taffrail_engine_requests_total', what)
  const before = { version: await asked('version'), events: await asked('events') }
  process.kill(dockerd!, 'SIGSTOP')
  scope.defer(() => process.kill(dockerd!, 'SIGCONT'))
  const stopped = Date.now()
  const told = await eventually('the engine is said not to answer', async () => {
    const now = await host(server)
    return now.state === 'unreachable' ? now : undefined
  })
  expect(told.detail).toContain('does not answer')
  // Two and a half seconds of silence are asked about, and two more are waited; the rest is the machine's.
  expect(Date.now() - stopped).toBeLessThan(20_000)
  expect(await server.container('resident')).toMatchObject({ id, state: 'running' })
  process.kill(dockerd!, 'SIGCONT')
  await eventually('it answers again', async () => (await host(server)).state === 'connected')
  const late = await engine.run(['sleep', '100000'], { name: 'late' })
  await server.container(late, ({ state }) => state === 'running')
  expect({ version: await asked('version'), events: await asked('events') }).toEqual(before)
})

/** Sends pieces until the other side has enough. */
async function pour(answer: http.ServerResponse, piece: (n: number) => string, most: number): Promise<void> {
  for (let n = 0; n < most && !answer.destroyed; n++)
    if (!answer.write(piece(n)))
      await new Promise<void>((resolve) => {
        const go = () => {
          answer.off('drain', go).off('close', go)
          resolve()
        }
        answer.on('drain', go).on('close', go)
      })
  answer.end()
}

test('an engine whose list is a gigabyte is refused, and the memory stays small', async () => {
  const engine = await FakeEngine.start([], (_request, answer, path) => {
    if (path !== '/containers/json') return false
    const label = `"${'x'.repeat(1 << 20)}"`
    void pour(answer, (n) => `${n ? ',' : '['}{"Id":"${fakeId(n + 1)}","Labels":{"a":${label}}}`, 1024)
    return true
  })
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  const told = await eventually('the refusal', async () => {
    const now = await host(server)
    return now.state === 'unreachable' ? now : undefined
  })
  expect(told.detail).toContain('more than 128 MiB')
  expect(residentMiB(server.pid)).toBeLessThan(150)
})

test('an engine that tells of ever new containers fills nothing, and others are answered meanwhile', async () => {
  let events: http.ServerResponse | undefined
  const engine = await FakeEngine.start([{ id: fakeId(1), name: 'real', state: 'running' }], (_request, answer, path) => {
    if (path !== '/events') return false
    answer.writeHead(200, { 'content-type': 'application/json' })
    answer.flushHeaders()
    events = answer
    return true
  })
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  await server.container('real', ({ state }) => state === 'running')
  const event = (n: number) => `${JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: fakeId(n), Attributes: { name: `made-up-${n}` } }, timeNano: n })}\n`
  void pour(events!, (n) => Array.from({ length: 100 }, (_, i) => event(1000 + 100 * n + i)).join(''), 10_000)
  await eventually('events are refused', async () => (await server.metricSum('taffrail_engine_refused_total', 'unlisted_container')) > 5_000)
  expect((await server.get('/healthz')).status).toBe(200)
  expect((await server.containers()).length).toBeLessThanOrEqual(1_001)
  expect(residentMiB(server.pid)).toBeLessThan(150)
  events!.destroy()
})
