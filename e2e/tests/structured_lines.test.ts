import { appendFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { violations } from '../fixtures/axe.ts'
import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// JSON and logfmt lines as sentences, and what can be done with their values.

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs
let folder: string

const START = Date.UTC(2026, 5, 1, 20)
const at = (n: number) => new Date(START + n * 1000).toISOString()
const LINES = 600
const served = (n: number) => JSON.stringify({ time: at(n), level: 'info', msg: `served ${n}.`, status: n % 3 === 0 ? 404 : 200, user: { id: n, plan: 'a b' }, tags: ['x', n], note: 'n'.repeat(120) })
const FAILED = JSON.stringify({ time: at(LINES), level: 'error', msg: 'request failed', error: { name: 'Upstream', stack: 'Upstream: no answer\n    at call (a.js:8:1)\n    at order (b.js:4:2)' } })

beforeAll(async () => {
  folder = newFolder('json')
  writeFileSync(path.join(folder, 'orders.log'), [...Array.from({ length: LINES }, (_, n) => served(n)), `ts=${at(LINES)} level=warn msg="queue is long" n=7 peer=10.0.0.1`, `${at(LINES)} INFO a plain line`, FAILED, ''].join('\n'))
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
})

async function open_log(query = '', look: Parameters<Tabs['open']>[1] = {}): Promise<{ ui: TaffrailPage; page: Page; complaints: string[] }> {
  const { page, complaints } = await tabs.open('about:blank', look)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(server.url).origin })
  await page.goto(`${server.url}/logs/orders.log${query}`)
  const ui = new TaffrailPage(page)
  await row(ui, 'request failed').waitFor()
  return { ui, page, complaints }
}
const row = (ui: TaffrailPage, text: string): Locator => ui.log.locator('[data-id]').filter({ hasText: text })
const text_of = (line: Locator) => line.locator('.text').innerText()
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())
const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name)

/** The middle of a part of a row's text on the screen. */
async function place_of(line: Locator, part: string): Promise<[number, number]> {
  return line.evaluate((element, wanted) => {
    const walker = document.createTreeWalker(element.querySelector('.text')!, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const from = node.nodeValue!.indexOf(wanted)
      if (from < 0) continue
      const range = document.createRange()
      range.setStart(node, from)
      range.setEnd(node, from + wanted.length)
      const box = range.getBoundingClientRect()
      return [box.x + box.width / 2, box.y + box.height / 2]
    }
    throw new Error(`${wanted} is not in ${element.innerHTML}`)
  }, part)
}
async function choose(page: Page, line: Locator, part: string, item: string): Promise<void> {
  await page.mouse.click(...(await place_of(line, part)))
  await page.getByRole('menuitem', { name: item }).click()
}

test('a structured line reads like a sentence, without what repeats its time and level; raw is one key away and in the URL', async () => {
  const { ui, page, complaints } = await open_log()
  const line = row(ui, `served ${LINES - 1}.`)
  expect(await text_of(line)).toBe(`served ${LINES - 1}.  status=200 user.id=${LINES - 1} user.plan="a b" tags=["x",${LINES - 1}] note=${'n'.repeat(120)}`)
  expect(await text_of(row(ui, 'queue is long'))).toBe('queue is long  n=7 peer=10.0.0.1')
  expect(await text_of(row(ui, 'a plain line'))).toBe(`${at(LINES)} INFO a plain line`)
  // The row and all that is in it.
  expect(await line.locator('*').count()).toBeLessThanOrEqual(7)
  await page.keyboard.press('r')
  await eventually('as it came', async () => (await text_of(line)) === served(LINES - 1))
  expect(parameter(page, 'raw')).toBe('1')
  await page.reload()
  await eventually('still', async () => (await text_of(line)) === served(LINES - 1))
  await page.getByRole('button', { name: 'View', exact: true }).click()
  await page.getByRole('checkbox', { name: /JSON and logfmt/ }).click()
  await eventually('a sentence', async () => (await text_of(line)).startsWith('served'))
  expect(complaints).toEqual([])
})

test('any value is filtered for and out, copied, and made an alert', async () => {
  const { ui, page } = await open_log()
  await choose(page, row(ui, `served ${LINES - 2}.`), 'plan="a b"', 'Copy the value')
  await eventually('the value', async () => (await clipboard(page)) === 'a b')
  await choose(page, row(ui, `served ${LINES - 2}.`), 'status=200', 'Filter out')
  await eventually('the filter', () => parameter(page, 'filter') === 'fields?.status != 200')
  await eventually('none of them', async () => (await row(ui, 'status=200').count()) === 0 && (await row(ui, 'status=404').count()) > 10)
  await row(ui, 'queue is long').waitFor()
  await choose(page, row(ui, `served ${LINES - 3}.`), `user.id=${LINES - 3}`, 'Filter for')
  await eventually('that one', async () => (await ui.log.locator('[data-id]').count()) === 1)
  expect(parameter(page, 'filter')).toBe(`fields?.status != 200 and fields?.user?.id == ${LINES - 3}`)
  // A list is known by how it is written, and keys do for the menu.
  await page.goto(`${server.url}/logs/orders.log`)
  await page.mouse.click(...(await place_of(row(ui, `served ${LINES - 4}.`), 'tags=')))
  await eventually('the menu has the keyboard', () => page.evaluate(() => document.activeElement?.getAttribute('role') === 'menuitem'))
  await page.keyboard.press('Enter')
  await eventually('the line with it', async () => (await ui.log.locator('[data-id]').count()) === 1)
  await choose(page, row(ui, `served ${LINES - 4}.`), 'status=', 'Alert on it')
  await eventually('a new rule', () => page.url().includes('/rules/new') && parameter(page, 'log') === 'fields?.status == 200')
})

test('a double click on a value selects a word of it and opens no menu', async () => {
  const { ui, page } = await open_log()
  await page.mouse.dblclick(...(await place_of(row(ui, `served ${LINES - 1}.`), 'note')))
  await page.waitForFunction((since) => performance.now() > since + 600, await page.evaluate(() => performance.now()))
  expect(await page.evaluate(() => getSelection()!.toString().trim())).toBe('note')
  expect(await page.getByRole('menu').count()).toBe(0)
})

test('columns have their widths in the URL and are changed by keys, with the pointer, and taken away', async () => {
  const { ui, page } = await open_log()
  await choose(page, row(ui, `served ${LINES - 1}.`), 'status=200', 'Show as a column')
  await eventually('the column', () => parameter(page, 'cols') === 'status:11')
  const line = row(ui, `served ${LINES - 1}.`)
  expect(await line.locator('.cell').innerText()).toBe('200')
  expect(await text_of(line)).not.toContain('status=')
  // What has no such field stands where the others do.
  const left = async (text: string) => (await row(ui, text).locator('.text').boundingBox())!.x
  expect(await left('a plain line')).toBeCloseTo(await left(`served ${LINES - 1}.`), 0)
  const edge = page.getByRole('separator', { name: 'Width of status' })
  await edge.focus()
  await page.keyboard.press('ArrowRight')
  await eventually('wider', () => parameter(page, 'cols') === 'status:12')
  const box = (await edge.boundingBox())!
  await page.mouse.move(box.x + 4, box.y + 8)
  await page.mouse.down()
  await page.mouse.move(box.x + 80, box.y + 8, { steps: 4 })
  await page.mouse.up()
  await eventually('wider by the pointer', () => Number(parameter(page, 'cols')!.split(':')[1]) > 18)
  await page.reload()
  const cell = (await row(ui, `served ${LINES - 1}.`).locator('.cell').boundingBox())!
  const head = (await page.locator('.column-head .cell').boundingBox())!
  expect([head.x, head.width]).toEqual([expect.closeTo(cell.x, 0), expect.closeTo(cell.width, 0)])
  await page.locator('.column-head .cell').hover()
  await page.getByRole('button', { name: 'Remove the column status' }).click()
  await eventually('gone', () => parameter(page, 'cols') === null)
})

test('the gutter stays while a line is read to the right, find marks what is shown, and a copy is the line as it was', async () => {
  const { ui, page } = await open_log('', { width: 900 })
  const line = row(ui, `served ${LINES - 1}.`)
  const time = line.locator('time')
  const before = (await time.boundingBox())!.x
  await page.locator('.log-scroller').evaluate((scroller) => scroller.scrollTo({ left: 250 }))
  await eventually('the text has moved', async () => (await line.locator('.text').boundingBox())!.x < before - 100)
  expect(Math.abs((await time.boundingBox())!.x - before)).toBeLessThan(6)
  await page.keyboard.press('f')
  await page.keyboard.type(`user.id=${LINES - 5} user`)
  await page.getByText(/^1 of 1/).waitFor()
  expect(await ui.log.locator('.current .hit').innerText()).toBe(`user.id=${LINES - 5} user`)
  // What stands only in the line as it came is shown as it came.
  await page.keyboard.press('Control+a')
  await page.keyboard.type(`"id":${LINES - 6}`)
  await eventually('the mark', async () => (await ui.log.locator('.current .hit').allInnerTexts()).join() === `"id":${LINES - 6}`)
  await page.keyboard.press('Escape')
  await ui.log.focus()
  await page.keyboard.press('c')
  await eventually('the line', async () => (await clipboard(page)) === served(LINES - 6))
})

test('details tell fields one by one, a stack as a trace, and their values have the same menu', async () => {
  const { ui, page } = await open_log()
  await row(ui, 'request failed').locator('time').click()
  const stack = ui.log.locator('.detail-fields .is-stack dd')
  await stack.waitFor()
  expect((await stack.innerText()).split('\n')).toEqual(['Upstream: no answer', '    at call (a.js:8:1)', '    at order (b.js:4:2)'])
  await ui.log.locator('.detail-fields').getByRole('button', { name: 'error.name Upstream' }).click()
  await eventually('the menu has the keyboard', () => page.evaluate(() => document.activeElement?.getAttribute('role') === 'menuitem'))
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await eventually('filtered out', () => parameter(page, 'filter') === 'fields?.error?.name != "Upstream"')
})

test('the list of fields counts what is loaded as a count by hand does', async () => {
  const { ui, page, complaints } = await open_log()
  await page.keyboard.press('i')
  const list = page.getByRole('region', { name: 'Fields' })
  // All of it is loaded as soon as the reader goes to its beginning.
  await ui.log.focus()
  await page.keyboard.press('g')
  await list.getByText(`Of ${LINES + 3} lines that are loaded and shown; ${LINES + 2} are JSON or logfmt`).waitFor()
  await list.getByRole('button', { name: 'status', exact: true }).click()
  const values = list.locator('.field-values button')
  expect((await values.allInnerTexts()).map((text) => text.split('\n'))).toEqual([['200', '400'], ['404', '200']])
  await list.getByRole('button', { name: 'user.id', exact: true }).click()
  await list.getByText('more than 400 different values').waitFor()
  // New lines are counted, too.
  appendFileSync(path.join(folder, 'orders.log'), `${JSON.stringify({ time: at(LINES + 1), level: 'info', msg: 'late', late: true })}\n`)
  await list.getByRole('button', { name: 'late', exact: true }).waitFor()
  await values.first().click()
  await page.getByRole('menuitem', { name: 'Filter for' }).click()
  await eventually('the filter', () => parameter(page, 'filter') === 'fields?.status == 200')
  await list.getByText(/Of 400 lines/).waitFor()
  expect(complaints).toEqual([])
})

test('nothing of it is out of reach for those who hear the page, in both themes', async () => {
  for (const dark of [false, true]) {
    const { ui, page } = await open_log('?fields=1&cols=status:8', { dark })
    await page.getByRole('region', { name: 'Fields' }).getByRole('button', { name: 'status', exact: true }).click()
    await row(ui, 'request failed').locator('time').click()
    await ui.log.locator('.detail-fields').waitFor()
    await ui.log.locator('.detail-fields').getByRole('button', { name: 'error.name Upstream' }).click()
    await page.getByRole('menu').waitFor()
    expect(await violations(page)).toEqual([])
  }
})
