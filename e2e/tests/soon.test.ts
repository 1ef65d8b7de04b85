import { afterAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { DockerEngine } from '../fixtures/docker.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { untilContainersAppear, untilLinesAppear } from '../fixtures/soon.ts'
import { Server } from '../fixtures/taffrail.ts'

const ROUNDS = 5

const scope = new Scope()
afterAll(() => scope.close())

// The best of several, so that a busy machine fails it only when the page is never that soon; the bench has the median.
test('a container that starts and a line that is written are on the open page within 1 s and 200 ms', async () => {
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  const tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  const echo = await engine.run(['sh', '-c', 'echo ready; sleep 100000'], { name: 'echo' })
  const { page } = await tabs.open(`${server.url}/`)
  const ui = new TaffrailPage(page)
  await ui.treeItem('echo').waitFor()
  expect(Math.min(...(await untilContainersAppear(engine, ui, ROUNDS)))).toBeLessThanOrEqual(1_000)
  await ui.openLog('echo')
  await ui.line('ready').waitFor()
  expect(Math.min(...(await untilLinesAppear(engine, server, ui, echo, ROUNDS)))).toBeLessThanOrEqual(200)
})
