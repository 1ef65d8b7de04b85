import { writeFileSync } from 'node:fs'
import path from 'node:path'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { request } from '../fixtures/http.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// Several logs side by side, going on beyond what is loaded, and views that are saved.

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs

const START = Date.UTC(2026, 5, 1, 20)
const LINES = 20_000

beforeAll(async () => {
  const folder = newFolder('panes')
  const write = (name: string, text: (n: number) => string) =>
    writeFileSync(path.join(folder, name), Array.from({ length: LINES }, (_, i) => `${new Date(START + i * 1000).toISOString()} ${text(i)}\n`).join(''))
  write('left.log', (n) => (n === 50 ? 'ERROR the needle lies here' : `INFO left ${n}.`))
  write('right.log', (n) => `INFO right ${n}.`)
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  await eventually('all lines are stored', async () => (await server.get('/api/v1/history')).json().lines >= 2 * LINES, 60_000)
})

async function open(address: string, width = 1440): Promise<{ page: Page; complaints: string[] }> {
  const { page, complaints } = await tabs.open(`${server.url}${address}`, { width, height: 900 })
  await page.getByRole('log').first().locator('[data-id]').first().waitFor()
  return { page, complaints }
}
const pane = (page: Page, n: number) => page.getByRole('region', { name: `Log ${n}`, exact: true })
const shows = (page: Page, n: number, text: string) => pane(page, n).getByRole('log').getByText(text, { exact: false }).first().waitFor()

test('n and e go on beyond what is loaded, by what history has', async () => {
  const { page, complaints } = await open('/logs/left.log?find=needle')
  const asked: string[] = []
  page.on('request', (request) => request.url().includes('/api/v1/find?') && asked.push(request.url()))
  await page.keyboard.press('Shift+N')
  await page.getByRole('log').getByText('the needle lies here').waitFor()
  expect(asked).toHaveLength(1)
  await page.goto(`${server.url}/logs/left.log`)
  await page.getByText('left 19999.').waitFor()
  await page.keyboard.press('Shift+E')
  await page.getByRole('log').getByText('the needle lies here').waitFor()
  expect(asked[1]).toContain('levels=error%2Cfatal')
  expect(complaints).toEqual([])
})

test('a log is split, each pane has its own containers and filter, and the address opens all of it again', async () => {
  const { page, complaints } = await open('/logs/left.log')
  await page.keyboard.press('|')
  await shows(page, 2, 'left 19999.')
  await page.getByRole('treeitem').filter({ hasText: 'right.log' }).click()
  await shows(page, 2, 'right 19999.')
  await shows(page, 1, 'left 19999.')
  await page.keyboard.press('-')
  await shows(page, 3, 'right 19999.')
  // Keys are for the pane that is looked at.
  await page.keyboard.press('1')
  await page.keyboard.press('/')
  await page.keyboard.insertText('text contains "left 7"')
  await page.keyboard.press('Enter')
  await shows(page, 1, 'left 7999.')
  await shows(page, 3, 'right 19999.')
  const [left, right, below] = await Promise.all([1, 2, 3].map((n) => pane(page, n).boundingBox()))
  expect(left!.x + left!.width).toBeLessThanOrEqual(right!.x + 2)
  expect(below!.y).toBeGreaterThanOrEqual(right!.y + right!.height - 2)
  expect(left!.height).toBeGreaterThan(2 * right!.height - 20)

  const again = await open(new URL(page.url()).pathname + new URL(page.url()).search)
  await shows(again.page, 1, 'left 7999.')
  await shows(again.page, 3, 'right 19999.')
  // Closing one leaves the others as they are.
  await pane(again.page, 2).getByRole('button', { name: 'Close this log' }).click()
  await pane(again.page, 3).waitFor({ state: 'detached' })
  await shows(again.page, 1, 'left 7999.')
  await shows(again.page, 2, 'right 19999.')
  expect([...complaints, ...again.complaints]).toEqual([])
})

test('panes go to a time together when they are to, and not otherwise', async () => {
  const { page } = await open('/logs/left.log?pane=%3Eright.log')
  const go_to = async (time: string) => {
    await page.keyboard.press('1')
    await page.keyboard.press('t')
    await page.getByRole('dialog').getByRole('textbox').fill(time)
    await page.keyboard.press('Enter')
  }
  await shows(page, 2, 'right 19999.')
  await go_to('2026-06-01T20:16:40Z')
  await shows(page, 1, 'left 1000.')
  await shows(page, 2, 'right 19999.')
  await page.keyboard.press('y')
  await go_to('2026-06-01T20:33:20Z')
  await shows(page, 1, 'left 2000.')
  await shows(page, 2, 'right 2000.')
})

/** The time of the first line that is seen whole. */
const top_time = (page: Page, n: number) =>
  pane(page, n).getByRole('log').evaluate((log) => {
    const top = log.getBoundingClientRect().top
    return [...log.querySelectorAll('[data-id]')].find((row) => row.getBoundingClientRect().top >= top - 1)?.querySelector('time')?.getAttribute('datetime') ?? ''
  })

test('panes that go together scroll together, by time, whichever is moved, and free ones do not', async () => {
  const { page, complaints } = await open('/logs/left.log?pane=%3Eright.log&sync=1')
  await shows(page, 2, 'right 19999.')
  await page.keyboard.press('1')
  await page.keyboard.press('t')
  await page.getByRole('dialog').getByRole('textbox').fill('2026-06-01T22:46:40Z')
  await page.keyboard.press('Enter')
  await shows(page, 1, 'left 10000.')
  await shows(page, 2, 'right 10000.')
  const together = async (moved: number, other: number, pixels: number) => {
    const before = await top_time(page, moved)
    await pane(page, moved).getByRole('log').hover()
    await page.mouse.wheel(0, pixels)
    await eventually(`${moved} has moved`, async () => (await top_time(page, moved)) !== before)
    await eventually(`${other} shows the same time`, async () => {
      const [one, two] = [await top_time(page, moved), await top_time(page, other)]
      return one !== '' && Math.abs(Date.parse(one) - Date.parse(two)) <= 1000
    })
  }
  await together(1, 2, -700)
  await together(2, 1, -900)
  // Further than what is mounted.
  await together(1, 2, 9000)
  await page.keyboard.press('y')
  await eventually('the address says so', () => !page.url().includes('sync='))
  const stays = await top_time(page, 2)
  const before = await top_time(page, 1)
  await pane(page, 1).getByRole('log').hover()
  await page.mouse.wheel(0, -2000)
  await eventually('the first has moved', async () => (await top_time(page, 1)) !== before)
  expect(await top_time(page, 2)).toBe(stays)
  expect(complaints).toEqual([])
})

test('on a phone one pane is shown at a time', async () => {
  const { page } = await open('/logs/left.log?pane=%3Eright.log', 390)
  expect(await page.getByRole('log').count()).toBe(1)
  await page.getByRole('navigation', { name: 'Logs' }).getByRole('button').nth(1).click()
  await shows(page, 2, 'right 19999.')
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
})

test('a view is saved with its containers as an expression, found in the palette, changed, and removed', async () => {
  const { page, complaints } = await open('/logs/left.log?filter=text%20contains%20%22left%207%22&range=..2026-06-02T00:00:00Z')
  await page.getByRole('button', { name: 'Save this view' }).click()
  const dialog = page.getByRole('dialog', { name: 'Save this view' })
  expect(await dialog.getByRole('textbox', { name: 'Containers' }).inputValue()).toBe('name == "left.log"')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('All sevens')
  await dialog.getByRole('textbox', { name: 'Containers' }).fill('name contains ')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.getByRole('alert').waitFor()
  await dialog.getByRole('textbox', { name: 'Containers' }).fill('name contains "left"')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('Saved as “All sevens”').waitFor()
  // Where the reader is stays.
  expect(page.url()).toContain('/logs/left.log?')

  // Somebody else finds it, with the lines that it had.
  const { page: reader } = await tabs.open(`${server.url}/`)
  await reader.keyboard.press('Control+K')
  await reader.keyboard.insertText('sevens')
  await reader.getByRole('option', { name: /All sevens/ }).click()
  await reader.getByRole('log').getByText('left 7999.').first().waitFor()
  await reader.getByRole('heading', { name: 'All sevens' }).waitFor()
  expect(decodeURIComponent(reader.url())).toContain('view:')

  const view = (await server.get('/api/v1/views')).json().views[0]
  expect(view).toMatchObject({ name: 'All sevens', containers: 'name contains "left"', version: 1 })
  const put = (version: number, name: string) => request(server.address, `/api/v1/views/${view.id}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ version, name, containers: view.containers }) })
  expect((await put(1, 'Sevens')).status).toBe(200)
  expect((await put(1, 'Late')).status).toBe(409)
  await reader.goto(`${server.url}/views`)
  await reader.getByRole('link', { name: 'Sevens' }).waitFor()
  await reader.getByRole('button', { name: 'Remove “Sevens”' }).click()
  await reader.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await reader.getByText('No view is saved yet').waitFor()
  expect((await server.get(`/api/v1/views/${view.id}`)).status).toBe(404)
  // The expression that was refused.
  expect(complaints).toEqual([expect.stringContaining('400 (Bad Request)')])
})

test('a log that is opened within the page shows the range that is preferred, a link what it says', async () => {
  const { page } = await tabs.open(`${server.url}/settings`)
  await page.getByRole('group', { name: 'Open a log with' }).getByRole('button', { name: 'the last hour' }).click()
  await page.getByRole('treeitem').filter({ hasText: 'right.log' }).click()
  await eventually('the range is in the address', () => page.url().includes('range=1h'))
  const link = await tabs.open(`${server.url}/logs/right.log`)
  await link.page.getByText('right 19999.').waitFor()
  expect(link.page.url()).not.toContain('range')
})

test('what is typed before the palette is there is not lost', async () => {
  const { page } = await open('/logs/left.log')
  await page.route('**/Palette*', async (route) => {
    await new Promise((done) => setTimeout(done, 1500))
    await route.continue()
  })
  await page.keyboard.press('Control+K')
  await page.keyboard.type('rightx')
  await page.keyboard.press('Backspace')
  await page.keyboard.press('Enter')
  await eventually('the log that was typed', () => page.url().includes('right.log'), 20_000)
})

test('a finger brushes the bars to look closer, and tells what it is over', async () => {
  // Without an end the bars would go on to now.
  const { page, complaints } = await open(`/logs/left.log?range=${new Date(START).toISOString()}..${new Date(START + LINES * 1000).toISOString()}`, 390)
  const bars = page.getByRole('slider', { name: /^Lines over time/ })
  await bars.locator('canvas').waitFor()
  await eventually('counts', async () => ((await bars.getAttribute('aria-valuetext')) ?? '').includes('20,000 lines'))
  const box = (await bars.boundingBox())!
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Emulation.setTouchEmulationEnabled', { enabled: true })
  const at = (part: number) => [{ x: box.x + box.width * part, y: box.y + box.height / 2 }]
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0.25) })
  for (const part of [0.3, 0.4, 0.5]) await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(part) })
  const told = await bars.getAttribute('aria-valuetext')
  expect(told).not.toContain('20,000 lines')
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  const range = () => new URL(page.url()).searchParams.get('range')!.split('..').map((text) => Date.parse(text)) as [number, number]
  await eventually('another range is in the address', () => range()[0] > START)
  const [since, until] = range()
  const [first, last] = [START, START + LINES * 1000]
  const [from, to] = [since, until].map((ms) => (ms - first) / (last - first)) as [number, number]
  expect(from).toBeGreaterThan(0.15)
  expect(to).toBeLessThan(0.6)
  expect(to - from).toBeGreaterThan(0.15)
  expect(complaints).toEqual([])
})
