import { afterAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { FakeEngine, fakeId, stoppedContainers } from '../fixtures/fake_engine.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

test.each([2_000, 30_000])('%i stopped containers are listed from the list call alone', async (count) => {
  const engine = await FakeEngine.start(stoppedContainers(count))
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  await eventually('ready', async () => (await server.get('/readyz')).status === 200)
  const containers = await server.containers()
  expect(containers.length).toBe(count)
  expect(new Set(containers.map(({ id }) => id)).size).toBe(count)
  // Nobody looks at one, so none is inspected and no log of one is opened.
  expect(engine.count('/containers/ID/json')).toBe(0)
  expect(engine.count('/containers/ID/logs')).toBe(0)
  expect(engine.count('/containers/json')).toBeLessThanOrEqual(2)
  // Looking at one asks for that one.
  await server.get(`/api/v1/containers/${fakeId(17)}/logs`)
  expect(engine.count('/containers/ID/json')).toBeLessThanOrEqual(1)
})

test('the tree finds one of 2,000 stopped containers', async () => {
  const engine = await FakeEngine.start([...stoppedContainers(2_000), { id: fakeId(5_000), name: 'needle', state: 'running' }])
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  await eventually('all of them', async () => (await server.containers()).length === 2_001)

  const tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  const { page, complaints } = await tabs.open(`${server.url}/`)
  await page.getByRole('tree').waitFor()
  // Only a screenful of rows is mounted.
  expect(await page.getByRole('treeitem').count()).toBeLessThan(200)
  const filter = page.getByRole('searchbox').first()
  await filter.fill('job-01234')
  await page.getByRole('treeitem').filter({ hasText: 'job-01234' }).first().waitFor()
  await filter.fill('needle')
  await page.getByRole('treeitem').filter({ hasText: 'needle' }).first().click()
  await page.getByRole('heading', { name: /needle/ }).first().waitFor()
  expect(complaints).toEqual([])
})
