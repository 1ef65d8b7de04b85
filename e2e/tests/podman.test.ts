import { afterAll, beforeAll, expect, test } from 'vitest'

import { NumberedLines } from '../fixtures/numbers.ts'
import { PodmanEngine } from '../fixtures/podman.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

let engine: PodmanEngine
const servers: Server[] = []

beforeAll(async () => {
  engine = await PodmanEngine.start()
  scope.defer(() => engine.stop())
  for (const files of ['auto', 'off']) {
    const server = await Server.start({ docker: [`pods=${engine.url}`], args: ['--log-files', files] })
    scope.defer(() => server.stop())
    servers.push(server)
  }
})

test("Podman's containers are listed with their names, labels and states", async () => {
  const id = await engine.run('web-1', ['sleep', '1000'], ['--label', 'io.podman.compose.project=shop', '--label', 'a=b'])
  const stopped = await engine.run('job-1', ['sh', '-c', 'exit 3'])
  for (const server of servers) {
    const web = await server.container(id, ({ state }) => state === 'running')
    expect(web).toMatchObject({ name: 'web-1', state: 'running', labels: { a: 'b' } })
    const job = await server.container(stopped, ({ state }) => state === 'exited')
    expect(job).toMatchObject({ name: 'job-1', exit_code: 3 })
    const info = (await server.get('/api/v1/info')).json()
    expect(info.hosts).toEqual([expect.objectContaining({ name: 'pods', kind: 'podman', state: 'connected' })])
  }
})

test.each([false, true])("every line of Podman's logs comes once, backlog and live (TTY: %s)", async (tty) => {
  const script = 'seq 1 1000; while [ ! -e /tmp/go ]; do sleep 0.02; done; seq 1001 3000; sleep 1000'
  const id = await engine.run(`numbers-${tty}`, ['sh', '-c', script], tty ? ['--tty'] : [])
  const watching = []
  // Of a TTY's lines Podman 4.3's API writes some in two parts, with a time in the middle and no mark of it; a line that holds such a
  // time by itself looks the same, so nothing can tell them apart. The file says which is which.
  for (const server of tty ? servers.slice(0, 1) : servers) {
    await server.container(id)
    const live = await server.live()
    scope.defer(() => live.close())
    live.subscribeLogs(1, [id], { tail: 10_000 })
    await eventually('the backlog', () => live.entries(1).some(({ text }) => text === '1000'))
    watching.push(live)
  }
  await engine.podman('exec', id, 'touch', '/tmp/go')
  for (const live of watching) {
    await live.line(1, '3000')
    const numbers = new NumberedLines()
    for (const entry of live.entries(1)) numbers.take(entry)
    expect(numbers.fault ?? '').toBe('')
    expect(numbers.received).toBe(3000)
  }
})

test('what happens to a container in Podman is seen: start, stop, rename, removal', async () => {
  const id = await engine.run('short-1', ['sleep', '1000'])
  for (const server of servers) await server.container(id, ({ state }) => state === 'running')
  await engine.podman('kill', id)
  for (const server of servers) await server.container(id, ({ state }) => state === 'exited')
  await engine.podman('start', id)
  for (const server of servers) await server.container(id, ({ state }) => state === 'running')
  await engine.podman('rename', id, 'short-2')
  for (const server of servers) await server.container(id, ({ name }) => name === 'short-2')
  await engine.podman('rm', '--force', '--time', '0', id)
  for (const server of servers) {
    await eventually('the removal', async () => !(await server.containers()).some((container) => container.id === id && container.state !== 'removed'))
  }
})

test("Podman's containers have metrics", async () => {
  const id = await engine.run('busy-1', ['sh', '-c', 'while :; do :; done'])
  for (const server of servers) {
    await server.container(id)
    const live = await server.live()
    live.send({ type: 'subscribe', sub: 1, what: 'stats', containers: [id] })
    await live.message('a busy sample', (message) => message.type === 'stats' && message.samples.some((sample: any) => sample.cpu > 0.01 && sample.memory > 0))
    live.close()
  }
  await engine.podman('rm', '--force', '--time', '0', id)
})
