import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// What the page shows of the past: ranges of time, containers that are gone, and what is kept of whom.

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs
let folder: string
let data: string

// Up to a little while ago: what is counted up to now has no long empty end.
const START = Math.floor(Date.now() / 1000) * 1000 - 4_200_000
const at = (n: number) => new Date(START + n * 1000).toISOString()
/** One line a second; each tenth is an error. */
const write = (name: string, lines: number) =>
  writeFileSync(path.join(folder, name), Array.from({ length: lines }, (_, i) => `${at(i + 1)} ${(i + 1) % 10 === 0 ? 'ERROR' : 'INFO'} step ${i + 1}.\n`).join(''))

beforeAll(async () => {
  folder = newFolder('quay')
  data = newFolder('data')
  write('steps.log', 4000)
  write('gone.log', 30)
  write('doomed.log', 20)
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`], data })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  await eventually('all lines are stored', async () => (await server.get('/api/v1/history')).json().lines === 4050)
})

async function open(address: string, look: { width?: number; height?: number } = {}): Promise<{ page: Page; ui: TaffrailPage; complaints: string[] }> {
  const { page, complaints } = await tabs.open(`${server.url}${address}`, look)
  return { page, ui: new TaffrailPage(page), complaints }
}
const steps = async (ui: TaffrailPage) => (await ui.log.locator('[data-id]').allInnerTexts()).flatMap((text) => Number(/step (\d+)\./.exec(text)?.[1] ?? NaN))

test('a range in the address is what the log shows, from its first line to its last, and its end is no live end', async () => {
  const { page, ui, complaints } = await open(`/logs/steps.log?range=${at(1000)}..${at(1500)}`)
  await ui.line('step 1499.').waitFor()
  await page.getByText('This range ends at').waitFor()
  await page.keyboard.press('g')
  await ui.line('step 1000.').waitFor()
  expect((await steps(ui))[0]).toBe(1000)
  await page.getByText('from the beginning of the range').waitFor()
  await page.keyboard.press('G')
  await ui.line('step 4000.').waitFor()
  await eventually('the range is gone from the address', () => !page.url().includes('range='))
  expect(complaints).toEqual([])
})

test('a range is typed, and going back leaves it at the line that is read', async () => {
  const { page, ui } = await open('/logs/steps.log')
  await ui.line('step 4000.').waitFor()
  await page.getByRole('button', { name: 'All time' }).click()
  await page.getByLabel('From', { exact: true }).fill(at(2000))
  await page.getByLabel('To', { exact: true }).fill('noon')
  await page.getByText('One of these is not a time').waitFor()
  await page.getByLabel('To', { exact: true }).fill(at(2100))
  await page.getByRole('button', { name: 'Show this range' }).click()
  await ui.line('step 2099.').waitFor()
  expect(await ui.line('step 4000.').isVisible()).toBe(false)
  await page.goBack()
  await eventually('the whole again', () => !page.url().includes('range='))
  await ui.line('step 2099.').waitFor()
  await page.keyboard.press('G')
  await ui.line('step 4000.').waitFor()
})

test('narrowing the range keeps the line that is read', async () => {
  const { page, ui } = await open(`/logs/steps.log?at=${at(2500)}`)
  await ui.line('step 2500.').waitFor()
  await eventually('it is in the middle', async () => Math.abs((await ui.line('step 2500.').boundingBox())!.y - 450) < 200)
  const before = (await ui.line('step 2500.').boundingBox())!.y
  await page.evaluate((range) => {
    history.pushState(history.state, '', `${location.pathname}?range=${range}`)
    dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
  }, `${at(2000)}..${at(3000)}`)
  await page.getByText('This range ends at').waitFor()
  await eventually('the lines of the range', async () => Math.abs((await ui.line('step 2500.').boundingBox())!.y - before) < 3)
})

test('a container that is gone is kept in the tree, greyed, with its log and what is known of it', async () => {
  rmSync(path.join(folder, 'gone.log'))
  const { page, ui, complaints } = await open('/')
  await page.getByRole('treeitem').filter({ hasText: 'Removed' }).click()
  await ui.openLog('gone.log')
  await ui.line('step 30.').waitFor()
  await page.getByText(/This container is gone since .* Kept of its log: 30 lines/).waitFor()
  await page.getByText('Removed. This is its last log.').waitFor()
  expect(complaints).toEqual([])
  // Neither the other containers' numbers nor what needs a look count it.
  await page.goto(server.url)
  await page.getByRole('button', { name: 'All 2' }).waitFor()
  await page.getByRole('button', { name: 'Removed 1' }).click()
  await page.getByRole('link', { name: 'gone.log' }).waitFor()
  expect(await page.getByRole('link', { name: 'steps.log' }).count()).toBe(0)
})

test('it is still there after the server was started anew', async () => {
  await server.stop()
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`], data })
  const { page, ui } = await open('/logs/gone.log')
  await ui.line('step 30.').waitFor()
  await page.getByText('Kept of its log: 30 lines').waitFor()
})

test('the page of history says what is kept of whom, and forgets one after it has asked', async () => {
  const { page, complaints } = await open('/')
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('link', { name: 'History' }).click()
  const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
  await row('steps.log').waitFor()
  expect(await row('steps.log').getByRole('cell').nth(3).innerText()).toBe('4,000')
  expect(await row('gone.log').innerText()).toContain('removed')
  // The largest first.
  expect(await page.getByRole('row').nth(1).innerText()).toContain('steps.log')
  await page.getByRole('button', { name: 'Delete the history of gone.log' }).click()
  await page.getByText('30 lines').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  expect((await server.get('/api/v1/history')).json().containers).toHaveLength(3)
  await page.getByRole('button', { name: 'Delete the history of gone.log' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await eventually('the row is gone', async () => (await row('gone.log').count()) === 0)
  await eventually('so is the container', async () => (await server.containers()).every(({ name }) => name !== 'gone.log'))
  expect(complaints).toEqual([])
})
