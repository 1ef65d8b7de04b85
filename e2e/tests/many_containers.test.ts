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

test('the table of 1,000 containers shows the right rows wherever it is scrolled to, and no row takes over the focus of another', async () => {
  const engine = await FakeEngine.start(stoppedContainers(1_000))
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  await eventually('all of them', async () => (await server.containers()).length === 1_000)
  const tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  const { page, complaints } = await tabs.open(`${server.url}/`)
  const table = page.locator('.container-table')
  const names = table.locator('.name-link')
  await names.first().waitFor()
  /** The rows from top to bottom, as they are seen: each a name and what its link and its box say. */
  const seen = () =>
    table.evaluate((element) =>
      [...element.querySelectorAll<HTMLElement>('.table-row:has(.name-link)')]
        .map((row) => ({ top: row.getBoundingClientRect().top, name: row.querySelector('.name-link')!.textContent!, link: row.querySelector<HTMLAnchorElement>('.name-link')!.href, box: row.querySelector('input')!.ariaLabel! }))
        .sort((a, b) => a.top - b.top),
    )
  const box = (await table.boundingBox())!
  await page.mouse.move(box.x + 200, box.y + 200)
  for (const by of [3_000, 90, 12_000, -7_000, 100_000, -100_000]) {
    const before = await table.evaluate((element) => element.scrollTop)
    await page.mouse.wheel(0, by)
    await eventually('it moved', async () => (await table.evaluate((element) => element.scrollTop)) !== before)
    const rows = await eventually('rows that stand still', async () => {
      const now = await seen()
      return JSON.stringify(now) === JSON.stringify(await seen()) && now.length > 10 && now
    })
    // They are stacks of twenty, each with its heading, and all are sorted by name.
    const numbers = rows.map(({ name }) => Number(/job-(\d+)/.exec(name)![1]))
    expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i))
    for (const { name, link, box: label } of rows) expect([link.includes(name), label.includes(name)]).toEqual([true, true])
    const view = await table.evaluate((element) => ({ top: element.getBoundingClientRect().top, bottom: element.getBoundingClientRect().bottom }))
    expect(rows[0]!.top).toBeLessThan(view.top + 80)
    expect(rows.at(-1)!.top).toBeGreaterThan(view.bottom - 80)
  }
  await names.first().focus()
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  expect(await focused()).toMatch(/^job-/)
  await page.mouse.wheel(0, 5_000)
  await eventually('the row with the focus is gone, and the focus with it', () => page.evaluate(() => document.activeElement === document.body || document.activeElement?.classList.contains('container-table')))
  expect(complaints).toEqual([])
})
