import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { DockerEngine } from '../fixtures/docker.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

let engine: DockerEngine
let server: Server
let ui: TaffrailPage
let complaints: string[]

beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  const tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  await engine.run(['sleep', '100000'], { name: 'resident' })
  const opened = await tabs.open(`${server.url}/`)
  ui = new TaffrailPage(opened.page)
  complaints = opened.complaints
  await ui.treeItem('resident').waitFor()
})

/** What the mark before a container in the tree says. */
const told = (name: string) => ui.living(name).getByRole('img').first().getAttribute('aria-label', { timeout: 1_000 })

async function shows(name: string, what: RegExp): Promise<void> {
  await ui.filterTree(name)
  await eventually(`${name} shown as ${what}`, async () => what.test((await told(name)) ?? ''))
}

describe('without a reload, the page shows', () => {
  test('a container started after it was opened', async () => {
    const id = await engine.run(['sleep', '100000'], { name: 'late' })
    await shows('late', /running/i)
    await engine.docker('rm', '--force', id)
  })

  test('stop, start and restart', async () => {
    await engine.run(['sleep', '100000'], { name: 'cycle' })
    await shows('cycle', /running/i)
    await engine.docker('kill', 'cycle')
    await shows('cycle', /exited|stopped/i)
    await engine.docker('start', 'cycle')
    await shows('cycle', /running/i)
    const before = (await server.container('cycle')).id
    await engine.docker('restart', '--time', '0', 'cycle')
    await server.container('cycle', ({ state, id }) => state === 'running' && id === before)
    await shows('cycle', /running/i)
  })

  test('pause and unpause', async () => {
    await engine.docker('pause', 'cycle')
    await shows('cycle', /paused/i)
    await engine.docker('unpause', 'cycle')
    await shows('cycle', /running/i)
  })

  test('a rename', async () => {
    await engine.run(['sleep', '100000'], { name: 'caterpillar' })
    await ui.filterTree('')
    await ui.treeItem('caterpillar').waitFor()
    await engine.docker('rename', 'caterpillar', 'butterfly')
    await ui.treeItem('butterfly').waitFor()
    await eventually('the old name is gone', async () => (await ui.treeItem('caterpillar').count()) === 0)
  })

  test('a change of health', async () => {
    const health = ['--health-cmd', 'test ! -e /tmp/ill', '--health-interval', '200ms', '--health-retries', '1']
    const id = await engine.run(['sleep', '100000'], { name: 'patient', args: health })
    await server.container(id, ({ health: state }) => state === 'healthy')
    await engine.docker('exec', id, 'touch', '/tmp/ill')
    await server.container(id, ({ health: state }) => state === 'unhealthy')
    await shows('patient', /unhealthy/i)
    await engine.docker('exec', id, 'rm', '/tmp/ill')
    await server.container(id, ({ health: state }) => state === 'healthy')
    await eventually('no more unhealthy', async () => !/unhealthy/i.test((await told('patient')) ?? 'unhealthy'))
  })

  test('a removal, and the next generation of the same name with its own lines', async () => {
    const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'api' }
    const first = await engine.run(['sh', '-c', 'echo from the first one; sleep 100000'], { name: 'shop-api-1', labels })
    await ui.filterTree('')
    await ui.openLog('shop-api-1')
    await ui.line('from the first one').waitFor()
    await engine.docker('rm', '--force', first)
    await eventually('the removal is known', async () => (await server.containers()).every(({ id, state }) => id !== first || state === 'removed'))
    const second = await engine.run(['sh', '-c', 'echo from the second one; sleep 100000'], { name: 'shop-api-1', labels })
    await server.container(second, ({ state, project, service }) => state === 'running' && project === 'shop' && service === 'api')
    await shows('shop-api-1', /running/i)
    await eventually('the lines of the second one', async () => {
      if (await ui.line('from the second one').isVisible()) return true
      await ui.living('shop-api-1').click()
      return false
    })
    // The first one is still there, among those that are gone.
    expect(await ui.page.getByRole('treeitem').filter({ has: ui.page.getByTitle('shop-api-1', { exact: true }) }).count()).toBeLessThanOrEqual(2)
  })

  test('lines as they are written', async () => {
    const id = await engine.run(['sh', '-c', 'echo ready; while read line; do echo "$line"; done'], { name: 'echo', args: ['--interactive'] })
    await ui.filterTree('')
    await ui.openLog('echo')
    await ui.line('ready').waitFor()
    for (const word of ['spoken-1', 'spoken-2', 'spoken-3']) {
      await engine.docker('exec', id, 'sh', '-c', `echo ${word} > /proc/1/fd/1`)
      await ui.line(word).waitFor()
    }
  })

  test('nothing that it would have to complain about', () => {
    expect(complaints).toEqual([])
  })
})

test('the same is told over the live connection: a snapshot, changes and the events themselves', async () => {
  const live = await server.live()
  scope.defer(() => live.close())
  live.send({ type: 'subscribe', sub: 1, what: 'containers' })
  const snapshot = await live.message('the snapshot', ({ type, snapshot }) => type === 'containers' && snapshot)
  expect(snapshot.hosts).toEqual([expect.objectContaining({ kind: 'docker', state: 'connected' })])
  const id = await engine.run(['sh', '-c', 'exit 7'], { name: 'fleeting', labels: { colour: 'green' } })
  const of = (message: any) => (message.containers ?? []).find((container: any) => container.id === id)
  await live.message('its end', (message) => message.type === 'containers' && of(message)?.state === 'exited' && of(message).exit_code === 7)
  for (const action of ['start', 'die']) await live.message(action, ({ type, event }) => type === 'event' && event.container === id && event.action === action)
  await engine.docker('rm', id)
  await live.message('its removal', (message) => message.type === 'containers' && (message.gone?.includes(id) || of(message)?.state === 'removed'))
})

test('metrics of a container that works hard come once a second, from control groups, without asking the engine', async () => {
  const id = await engine.run(['sh', '-c', 'while :; do :; done'], { name: 'busy', args: ['--memory', '64m'] })
  await server.container(id, ({ state }) => state === 'running')
  // A container that ended in the middle of a reading may have been asked of the engine; the ones that are left run on.
  const asked = await server.metricSum('taffrail_engine_requests_total', 'stats')
  const live = await server.live()
  scope.defer(() => live.close())
  live.send({ type: 'subscribe', sub: 1, what: 'stats', containers: [id] })
  const samples = () => live.messages.filter(({ type, history }) => type === 'stats' && !history).flatMap((message) => message.samples)
  await eventually('three samples', () => samples().length >= 3)
  const last = samples().at(-1)
  expect(last.cpu).toBeGreaterThan(0.01) // cores; how much of one it gets is the machine's matter
  expect(last.cpu).toBeLessThan(2.5)
  expect(last.memory).toBeGreaterThan(50_000)
  expect(last.memory_limit).toBe(64 * 1024 * 1024)
  expect(last.pids).toBeGreaterThanOrEqual(1)
  const times = samples().map(({ time }) => Date.parse(time))
  expect(times.every((time, n) => n === 0 || time > times[n - 1]!)).toBe(true)
  expect(await server.metricSum('taffrail_engine_requests_total', 'stats')).toBe(asked)
  await engine.docker('rm', '--force', id)
})
