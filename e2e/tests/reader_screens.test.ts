import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { violations } from '../fixtures/axe.ts'
import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// What a reader prefers, what a reader takes away, and what the page says of itself meanwhile.

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs
let folder: string

const START = Date.UTC(2026, 5, 1, 20)
const LINES = 30_000
const line = (n: number) => JSON.stringify({ time: new Date(START + n * 1000).toISOString(), level: n % 100 === 0 ? 'error' : 'info', msg: `step ${n}.`, status: n % 7 })

beforeAll(async () => {
  folder = newFolder('reader')
  writeFileSync(path.join(folder, 'steps.log'), Array.from({ length: LINES }, (_, i) => `${line(i + 1)}\n`).join(''))
  writeFileSync(path.join(folder, 'errors.log'), Array.from({ length: 100 }, (_, i) => `${new Date(START + i * 1000).toISOString()} ERROR failure ${i}.\n`).join(''))
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
})

async function open_log(query = '', log = 'steps.log'): Promise<{ ui: TaffrailPage; page: Page; complaints: string[] }> {
  const { page, complaints } = await tabs.open('about:blank')
  // Its dialog is the system's, which no test can use; without it the browser takes the whole as a download.
  await page.addInitScript('delete window.showSaveFilePicker')
  await page.goto(`${server.url}/logs/${log}${query}`)
  const ui = new TaffrailPage(page)
  await ui.log.locator('[data-id]').first().waitFor()
  return { ui, page, complaints }
}
async function download(page: Page, format: string, compressed = false): Promise<{ name: string; text: string }> {
  await page.keyboard.press('d')
  const dialog = page.getByRole('dialog', { name: 'Download' })
  await dialog.getByRole('button', { name: format, exact: true }).click()
  if (compressed) await dialog.getByRole('checkbox').check()
  const coming = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Download' }).click()
  const file = await coming
  const bytes = readFileSync(await file.path())
  await dialog.getByText(/lines? (was|were) written/).waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  return { name: file.suggestedFilename(), text: (compressed ? gunzipSync(bytes) : bytes).toString() }
}

test('a view is downloaded whole, as text, NDJSON and CSV, with its filter, levels and columns', async () => {
  const { page, complaints } = await open_log()
  const text = await download(page, 'text', true)
  expect(text.name).toMatch(/^steps\.log-2\d{7}T\d{6}Z\.log\.gz$/)
  const lines = text.text.split('\n')
  expect(lines).toHaveLength(LINES + 1)
  expect([lines[0], lines.at(-2)]).toEqual([`2026-06-01T20:00:01.000000000Z ${line(1)}`, expect.stringMatching(/ \{.*"step 30000\."/)])

  await page.goto(`${page.url().split('?')[0]}?levels=error&filter=${encodeURIComponent('text contains "00."')}&cols=status:8`)
  await page.getByRole('log').locator('[data-id]').first().waitFor()
  const ndjson = (await download(page, 'NDJSON')).text.trimEnd().split('\n').map((each) => JSON.parse(each))
  expect(ndjson).toHaveLength(LINES / 100)
  expect(ndjson[0]).toMatchObject({ level: 'error', text: line(100) })
  const csv = (await download(page, 'CSV')).text.split('\r\n')
  expect(csv.slice(0, 2)).toEqual(['time,level,stream,status,text', `2026-06-01T20:01:40.000000000Z,error,stdout,2,"${line(100).replaceAll('"', '""')}"`])
  expect(csv).toHaveLength(LINES / 100 + 2)
  expect(complaints).toEqual([])
})

test('where the browser can, a download goes to the disk as it is read; when it is cancelled nothing is left', async () => {
  const { page } = await open_log()
  // The file system that a page has for itself stands in for the one behind the system's dialog.
  await page.evaluate(() => {
    Object.assign(window, { showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) => (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true }) })
  })
  const files = () =>
    page.evaluate(async () => {
      const found: number[] = []
      for await (const handle of (await navigator.storage.getDirectory() as any).values()) if (!handle.name.endsWith('.crswap')) found.push((await (await handle.getFile()).text()).split('\n').length)
      return found
    })
  await page.keyboard.press('d')
  const dialog = page.getByRole('dialog', { name: 'Download' })
  await dialog.getByRole('button', { name: 'Download' }).click()
  await dialog.getByText('30,000 lines were written').waitFor()
  expect(await files()).toEqual([LINES + 1])
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory()
    for await (const name of (root as any).keys()) await root.removeEntry(name)
  })
  // An answer that comes slowly can be given up.
  await page.route('**/api/v1/containers/*/logs?*order=asc*', async (route) => {
    await new Promise((done) => setTimeout(done, 10_000))
    await route.continue().catch(() => {})
  })
  await dialog.getByRole('button', { name: 'Download' }).click()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await dialog.getByText('Cancelled. Nothing was saved.').waitFor()
  expect((await files()).filter((lines) => lines > 1)).toEqual([])
})

test('a server that refuses is told of, and nothing is saved', async () => {
  const { page } = await open_log(`?filter=${encodeURIComponent('nonsense(')}`, 'steps.log').catch(async () => {
    const { page } = await tabs.open('about:blank')
    await page.addInitScript('delete window.showSaveFilePicker')
    await page.goto(`${server.url}/logs/steps.log?filter=${encodeURIComponent('nonsense(')}`)
    return { page }
  })
  await page.getByRole('button', { name: 'Download' }).click()
  const dialog = page.getByRole('dialog', { name: 'Download' })
  await dialog.getByRole('button', { name: 'Download' }).click()
  await dialog.getByText(/^Nothing was saved: /).waitFor()
})

test('settings are in force at once, kept, exported, and taken from a file', async () => {
  const { page, complaints } = await tabs.open(server.url)
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'dark' }).click()
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  await page.getByRole('group', { name: 'Times are shown' }).getByRole('button', { name: 'UTC' }).click()
  await page.getByRole('group', { name: 'To the' }).getByRole('button', { name: 'microsecond' }).click()
  await page.getByRole('checkbox', { name: /as they came/ }).check()
  await page.getByRole('group', { name: 'Wrap long lines' }).getByRole('button', { name: 'always' }).click()
  const coming = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  const file = await (await coming).path()
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ settings: { theme: 'dark', zone: 'utc', precision: 'us', raw: true, wrap: 'on' } })
  await page.goto(`${server.url}/logs/steps.log`)
  const row = page.getByRole('log').locator('[data-id]').filter({ hasText: 'step 30000.' })
  await eventually('as it came, wrapped, to the microsecond', async () => (await row.locator('.text').innerText()) === line(LINES) && /\.\d{6}$/.test(await row.locator('time').innerText()))
  // A link goes before what its reader likes.
  await page.goto(`${server.url}/logs/steps.log?raw=0`)
  await eventually('as a sentence', async () => (await row.locator('.text').innerText()).startsWith(`step ${LINES}.  status=`))

  const other = await tabs.open(`${server.url}/settings`)
  await other.page.locator('input[type=file]').setInputFiles(file)
  await other.page.getByText('22 settings were taken').waitFor()
  expect(await other.page.locator('html').getAttribute('data-theme')).toBe('dark')
  await other.page.locator('input[type=file]').setInputFiles({ name: 'odd.json', mimeType: 'application/json', buffer: Buffer.from('{"kind":"taffrail-settings","settings":{"theme":"pink","density":"cosy"}}') })
  await other.page.getByText('1 setting was taken; refused: theme').waitFor()
  await other.page.locator('input[type=file]').setInputFiles({ name: 'odd.json', mimeType: 'application/json', buffer: Buffer.from('not json') })
  await other.page.getByText('odd.json is no JSON: nothing was changed.').waitFor()
  expect(await violations(other.page)).toEqual([])
  await other.page.getByRole('button', { name: 'Back to the defaults' }).click()
  expect(await other.page.locator('html').getAttribute('data-theme')).toBeNull()
  expect(await violations(other.page)).toEqual([])
  expect([...complaints, ...other.complaints]).toEqual([])
})

test('the page starts where its reader wants, and the list of containers stays a click away', async () => {
  const { page } = await tabs.open(`${server.url}/logs/steps.log`)
  await page.getByRole('log').locator('[data-id]').first().waitFor()
  await page.goto(`${server.url}/settings`)
  await page.getByRole('group', { name: 'Start with' }).getByRole('button', { name: 'the last log' }).click()
  await page.goto(server.url)
  await page.getByRole('log').locator('[data-id]').first().waitFor()
  expect(new URL(page.url()).pathname).toBe('/logs/steps.log')
  await page.getByRole('link', { name: 'taffrail' }).click()
  await page.getByRole('table').waitFor()
})

test('errors alone have no tint, a few among others have one; at the live end no row is cut', async () => {
  const ground = (page: Page, text: string) => page.getByRole('log').locator('[data-id]').filter({ hasText: text }).first().evaluate((row) => getComputedStyle(row).backgroundColor)
  const { page } = await open_log('', 'errors.log')
  await page.getByText('failure 99.').waitFor()
  expect(await ground(page, 'failure 95.')).toBe('rgba(0, 0, 0, 0)')
  const steps = await open_log()
  await steps.page.getByText(`step ${LINES}.`).waitFor()
  await steps.page.mouse.move(5, 5)
  expect(await ground(steps.page, `step ${LINES}.`)).not.toBe('rgba(0, 0, 0, 0)')
  for (const height of [700, 713, 729]) {
    await steps.page.setViewportSize({ width: 1280, height })
    await eventually(`whole rows at ${height}`, () =>
      steps.page.evaluate(() => {
        const log = document.querySelector('[role="log"]')!
        const { top } = log.getBoundingClientRect()
        return [...log.querySelectorAll('[data-id]')].some((row) => Math.abs(row.getBoundingClientRect().top - top) < 0.6)
      }),
    )
  }
})

test('a lost connection is told once, and no mark says how a container fares', async () => {
  const away = await Server.start({ args: ['--source', 'demo'] })
  const { page } = await tabs.open(`${away.url}/logs/shop-api-1`)
  await page.getByRole('log').locator('[data-id]').first().waitFor()
  const dot = page.locator('h1 + .state-mark svg').first()
  const colour = () => dot.evaluate((svg) => getComputedStyle(svg).color)
  const before = await colour()
  await away.stop()
  await page.getByText(/^No connection for/).waitFor()
  expect(await page.getByText(/no connection|connection lost/i).locator('visible=true').count()).toBe(1)
  await page.locator('.log-status').getByText('Not live').waitFor()
  expect(await colour()).not.toBe(before)
})
