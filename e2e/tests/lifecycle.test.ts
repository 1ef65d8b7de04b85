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
const told = (name: string) => ui.treeItem(name).getByRole('img').first().getAttribute('aria-label', { timeout: 1_000 })

async function shows(name: string, what: RegExp): Promise<void> {
  await ui.filterTree(name)
  await eventually(`${name} shown as ${what}`, async () => what.test((await told(name)) ?? ''), 3_000)
}

describe('without a reload, the page shows', () => {
  test('a container started after it was opened, within a second', async () => {
    const took: number[] = []
    for (const name of ['late-1', 'late-2', 'late-3']) {
      const id = await engine.create(['sleep', '100000'], { name })
      await engine.docker('start', id)
      const started = Date.parse(await engine.docker('inspect', '--format', '{{.State.StartedAt}}', id))
      await shows(name, /running/i)
      took.push(Date.now() - started)
      await engine.docker('rm', '--force', id)
    }
    console.log(`started to shown: ${took.join(', ')} ms`)
    expect(Math.min(...took)).toBeLessThan(1_000)
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
    await ui.treeItem('butterfly').waitFor({ timeout: 3_000 })
    await eventually('the old name is gone', async () => (await ui.treeItem('caterpillar').count()) === 0, 3_000)
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
    await eventually('no more unhealthy', async () => !/unhealthy/i.test((await told('patient')) ?? 'unhealthy'), 3_000)
  })

  test('a removal, and the next generation of the same name with its own lines', async () => {
    const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'api' }
    const first = await engine.run(['sh', '-c', 'echo from the first one; sleep 100000'], { name: 'shop-api-1', labels })
    await ui.filterTree('')
    await ui.openLog('shop-api-1')
    await ui.line('from the first one').waitFor()
    await engine.docker('rm', '--force', first)
    await eventually('the removal is known', async () => (await server.containers()).every(({ id, state }) => id !== first || state === 'removed'), 3_000)
    const second = await engine.run(['sh', '-c', 'echo from the second one; sleep 100000'], { name: 'shop-api-1', labels })
    await server.container(second, ({ state, project, service }) => state === 'running' && project === 'shop' && service === 'api')
    await shows('shop-api-1', /running/i)
    await eventually(
      'the lines of the second one',
      async () => {
        if (await ui.line('from the second one').isVisible()) return true
        await ui.treeItem('shop-api-1').click()
        return false
      },
      5_000,
    )
    expect(await ui.page.getByRole('treeitem').filter({ has: ui.page.getByTitle('shop-api-1', { exact: true }) }).count()).toBe(1)
  })

  test('a line within 200 ms of being written', async () => {
    const id = await engine.run(['sh', '-c', 'echo ready; while read line; do echo "$line"; done'], { name: 'echo', args: ['--interactive'] })
    await ui.filterTree('')
    await ui.openLog('echo')
    await ui.line('ready').waitFor()
    const words = Array.from({ length: 9 }, (_, n) => `spoken-${n}-${Math.random().toString(36).slice(2)}`)
    await ui.watchFor(words)
    const took: number[] = []
    for (const word of words) {
      // A second client of the same container would cost an attach; a line by way of the shell's own standard output does not.
      await engine.docker('exec', id, 'sh', '-c', `echo ${word} > /proc/1/fd/1`)
      const seen = await eventually(`${word} on the screen`, () => ui.seenAt(word), 3_000)
      const record = (await server.lines(`/api/v1/containers/${id}/logs?tail=3`)).find((line) => line.text === word)
      took.push(seen - Date.parse(record.time))
    }
    took.sort((a, b) => a - b)
    console.log(`written to shown: ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`)
    expect(took[4]).toBeLessThan(200)
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
  const live = await server.live()
  scope.defer(() => live.close())
  live.send({ type: 'subscribe', sub: 1, what: 'stats', containers: [id] })
  const samples = () => live.messages.filter(({ type, history }) => type === 'stats' && !history).flatMap((message) => message.samples)
  await eventually('three samples', () => samples().length >= 3, 10_000)
  const last = samples().at(-1)
  expect(last.cpu).toBeGreaterThan(0.2)
  expect(last.cpu).toBeLessThan(2.5)
  expect(last.memory).toBeGreaterThan(50_000)
  expect(last.memory_limit).toBe(64 * 1024 * 1024)
  expect(last.pids).toBeGreaterThanOrEqual(1)
  const times = samples().map(({ time }) => Date.parse(time))
  expect(times.every((time, n) => n === 0 || time > times[n - 1]!)).toBe(true)
  expect(await server.metricSum('taffrail_engine_requests_total', 'stats')).toBe(0)
  await engine.docker('rm', '--force', id)
})
