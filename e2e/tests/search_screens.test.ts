import { writeFileSync } from 'node:fs'
import path from 'node:path'

import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { request } from '../fixtures/http.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// How much there is over time, and finding it: every count is held against the lines themselves.

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs

// Up to a little while ago: what is counted up to now has no long empty end.
const START = Math.floor(Date.now() / 1000) * 1000 - 4_200_000
interface Line {
  ms: number
  level: 'ERROR' | 'WARN' | 'INFO'
  text: string
}
/** A line a second; each tenth is an error, and for a while there are warnings between them. */
const lines_of = (name: string, count: number): Line[] =>
  Array.from({ length: count }, (_, i) => ({
    ms: START + (i + 1) * 1000,
    level: i % 10 === 9 ? 'ERROR' : i > 1000 && i < 1300 && i % 2 === 0 ? 'WARN' : 'INFO',
    text: `${name} step ${i + 1}.${i === 1233 ? ' Marlinspike' : ''}${i % 4 === 0 ? ' Fourth' : ''}`,
  }))
const LOGS = { 'bow.log': lines_of('bow', 4000), 'stern.log': lines_of('stern', 2000) }
const count = (lines: Line[], level: Line['level'], since = -Infinity, until = Infinity) => lines.filter((line) => line.level === level && line.ms >= since && line.ms < until).length

beforeAll(async () => {
  const folder = newFolder('quay')
  for (const [name, lines] of Object.entries(LOGS)) writeFileSync(path.join(folder, name), lines.map(({ ms, level, text }) => `${new Date(ms).toISOString()} ${level} ${text}\n`).join(''))
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  await eventually('all lines are stored', async () => (await server.get('/api/v1/history')).json().lines === 6000)
})

async function open(address: string, look: { width?: number; height?: number } = {}): Promise<{ page: Page; ui: TaffrailPage; complaints: string[] }> {
  const { page, complaints } = await tabs.open(`${server.url}${address}`, look)
  return { page, ui: new TaffrailPage(page), complaints }
}
const chip = (page: Page, level: string): Locator => page.getByRole('group', { name: 'Level' }).getByRole('button', { name: new RegExp(`^${level}`) })
const counts = async (page: Page) => Promise.all(['error', 'warn', 'info'].map(async (level) => Number(/(\d[\d,]*)$/.exec((await chip(page, level).textContent())!.trim())?.[1]?.replace(',', '') ?? NaN)))
const bars = (page: Page) => page.getByRole('slider', { name: /^Lines over time/ })
const range_of = (page: Page) => {
  const [since, until] = (new URL(page.url()).searchParams.get('range') ?? '..').split('..').map((end) => Date.parse(end)) as [number, number]
  return { since, until }
}
const exact = (since?: number, until?: number) => (['ERROR', 'WARN', 'INFO'] as const).map((level) => count(LOGS['bow.log'], level, since, until))

test('the counts of a log are those of its lines, for everybody who opens the link', async () => {
  const one = await open('/logs/bow.log')
  await eventually('exact counts', async () => expect(await counts(one.page)).toEqual(exact()) ?? true)
  const two = await open(new URL(one.page.url()).pathname)
  await eventually('the same counts', async () => expect(await counts(two.page)).toEqual(exact()) ?? true)
  expect(one.complaints).toEqual([])
})

test('a stretch that is brushed becomes the range of lines, bars and counts, and Back undoes it, at the line that is read', async () => {
  const { page, ui, complaints } = await open('/logs/bow.log')
  await eventually('the bars', async () => (await bars(page).getAttribute('aria-valuetext'))!.includes('4,000 lines'))
  const box = (await page.locator('.histogram .u-over').boundingBox())!
  await page.mouse.move(box.x + box.width * 0.25, box.y + 10)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.3, box.y + 12, { steps: 4 })
  await page.mouse.move(box.x + box.width * 0.5, box.y + 12, { steps: 4 })
  await page.mouse.up()
  await eventually('a range', () => page.url().includes('range='))
  const { since, until } = range_of(page)
  expect(since).toBeGreaterThan(START)
  expect(until).toBeGreaterThan(since)
  await eventually('counts of the range', async () => expect(await counts(page)).toEqual(exact(since, until)) ?? true)
  const last = LOGS['bow.log'].filter(({ ms }) => ms < until).at(-1)!
  await ui.line(last.text).waitFor()
  await page.goBack()
  // The line that was read stays.
  await eventually('the whole again', () => !page.url().includes('range='))
  await ui.line(last.text).waitFor()
  await eventually('all counts again', async () => expect(await counts(page)).toEqual(exact()) ?? true)
  expect(complaints).toEqual([])
})

test('bars are walked and a stretch of them is chosen with keys, and each says what it holds', async () => {
  const { page, ui } = await open('/logs/bow.log')
  await eventually('the bars', async () => (await bars(page).getAttribute('aria-valuetext'))!.includes('4,000 lines'))
  await bars(page).focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  for (let i = 0; i < 4; i += 1) await page.keyboard.press('ArrowRight')
  const said = (await bars(page).getAttribute('aria-valuetext'))!
  await page.keyboard.press('Space')
  await eventually('a range', () => page.url().includes('range='))
  const { since, until } = range_of(page)
  const [errors, warnings, rest] = exact(since, until) as [number, number, number]
  expect(said).toContain(`${errors + warnings + rest} lines · error ${errors}`)
  await eventually('counts of the range', async () => expect(await counts(page)).toEqual([errors, warnings, rest]) ?? true)
  // Enter goes to the time in the log instead.
  await bars(page).focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await eventually('a place', () => page.url().includes('at='))
  await ui.line(LOGS['bow.log'].find(({ ms }) => ms >= since)!.text).waitFor()
})

test('a filter counts only what it lets through', async () => {
  const { page } = await open(`/logs/bow.log?filter=${encodeURIComponent('text contains "Fourth"')}`)
  const passing = LOGS['bow.log'].filter(({ text }) => text.includes('Fourth'))
  await eventually('their counts', async () => expect(await counts(page)).toEqual((['ERROR', 'WARN', 'INFO'] as const).map((level) => count(passing, level))) ?? true)
})

test('a word is found in all logs, marked, and opened where it stands', async () => {
  const { page, ui, complaints } = await open('/')
  await page.keyboard.press('s')
  await page.getByRole('heading', { name: 'Search' }).waitFor({ state: 'attached' })
  await page.keyboard.insertText('marlinspike')
  await page.keyboard.press('Enter')
  const hits = page.getByRole('region', { name: 'Lines that were found' }).getByRole('listitem')
  await eventually('two lines', async () => (await hits.count()) === 2)
  expect(await page.locator('.hit').allInnerTexts()).toEqual(['Marlinspike', 'Marlinspike'])
  await page.getByText('2 lines found').waitFor()
  await page.getByText('Everything in this range has been looked through').waitFor()
  // Around it, in place.
  await hits.first().getByRole('button', { name: 'Show what stands around it' }).click()
  await hits.first().getByText('step 1233.').waitFor()
  await hits.first().getByText('step 1235.').waitFor()
  // The address is all there is to it.
  const again = await open(new URL(page.url()).pathname + new URL(page.url()).search)
  await again.page.getByText('2 lines found').waitFor()
  await again.page.getByRole('region', { name: 'Lines that were found' }).getByRole('link').first().click()
  await again.ui.line('step 1234. Marlinspike').waitFor()
  await again.ui.line('step 1233.').waitFor()
  expect(again.page.url()).toMatch(/\/logs\/.*at=/)
  expect([...complaints, ...again.complaints]).toEqual([])
  await page.goto(`${server.url}/search`)
  await page.getByRole('region', { name: 'Recent searches' }).getByText('marlinspike').waitFor()
  expect(ui).toBeDefined()
})

test('a search goes on where it stopped till everything was looked through, and is gathered by container', async () => {
  const { page } = await open(`/search?filter=${encodeURIComponent('text contains "Fourth"')}`)
  const all = Object.values(LOGS).flat().filter(({ text }) => text.includes('Fourth')).length
  await page.getByText(`500 of ${all.toLocaleString('en')} lines`).waitFor()
  const button = page.getByRole('button', { name: 'Search further' }).last()
  for (let found = 1000; found < all; found += 500) {
    await button.click()
    await page.getByText(`${found.toLocaleString('en')} of ${all.toLocaleString('en')} lines`).waitFor()
  }
  await button.click()
  await page.getByText(`${all.toLocaleString('en')} lines found`).waitFor()
  await page.getByRole('button', { name: 'By container' }).click()
  await eventually('the address', () => page.url().includes('by=container'))
  await page.getByRole('button', { name: /Show or hide the lines of .*bow\.log/ }).click()
  await page.getByText(`${LOGS['bow.log'].filter(({ text }) => text.includes('Fourth')).length.toLocaleString('en')} lines`, { exact: true }).waitFor()
  await page.getByText('500 lines', { exact: true }).waitFor()
})

test('a search in some containers, that finds nothing, offers to search more; a mistake is shown in its box', async () => {
  const { page } = await open(`/search?filter=${encodeURIComponent('text contains "bow"')}&in=${encodeURIComponent('name == "stern.log"')}`)
  await page.getByText('No line has been found').waitFor()
  await page.getByRole('button', { name: 'Search all containers' }).click()
  await page.getByText('of 4,000 lines').waitFor()
  await page.goto(`${server.url}/search?filter=${encodeURIComponent('text matches "(a"')}`)
  await page.getByText('The search failed').waitFor()
})

test('the palette searches for what was typed', async () => {
  const { page } = await open('/')
  await page.getByRole('treeitem').first().waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').waitFor()
  await page.keyboard.insertText('marlinspike')
  await page.keyboard.press('Enter')
  await page.getByText('2 lines found').waitFor()
})

test('a search that cannot be is not saved, and says why', async () => {
  const post = (search: unknown) => request(server.address, '/api/v1/views', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'x', containers: 'true', search }) })
  for (const [search, why] of [[{ by: 'nonsense' }, 'view.search.by'], [{ other: 1 }, 'view.search.other'], [5, 'view.search'], [{ compared: 'yes' }, 'view.search.compared'], [{ new: [] }, 'view.search.new']] as const) {
    const answer = await post(search)
    expect([answer.status, answer.json().detail]).toEqual([400, expect.stringContaining(why)])
  }
  const made = await post({})
  expect(made.json().search).toEqual({ by: 'time', new: '', compared: false })
  await request(server.address, `/api/v1/views/${made.json().id}`, { method: 'DELETE' })
})

test('a search is saved for everybody, with how it is arranged, and taken up again', async () => {
  const name = `Quarters ${Date.now()}`
  const { page, complaints } = await open(`/search?filter=${encodeURIComponent('text contains "Fourth"')}&in=${encodeURIComponent('name == "bow.log"')}&by=container&levels=error,info`)
  await page.getByRole('button', { name: 'Searches' }).click()
  await page.getByRole('button', { name: 'Save this search' }).click()
  const dialog = page.getByRole('dialog', { name: 'Save this search' })
  await dialog.getByText('By container').waitFor()
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText(`Saved as “${name}”`).waitFor()
  const address = new URL(page.url())

  const other = await open('/search')
  await other.page.getByRole('region', { name: 'Saved searches' }).getByRole('link', { name }).click()
  await eventually('the same search', () => {
    const got = new URL(other.page.url())
    return ['filter', 'in', 'by', 'levels'].every((key) => got.searchParams.get(key)?.split(',').sort().join() === address.searchParams.get(key)?.split(',').sort().join())
  })
  await other.page.getByRole('button', { name: /Show or hide the lines of .*bow\.log/ }).waitFor()
  await other.page.goto(`${server.url}/views`)
  await other.page.getByRole('listitem').filter({ hasText: name }).getByText('Search · ').waitFor()
  expect([...complaints, ...other.complaints]).toEqual([])
})

test('what is not counted yet is not called none', async () => {
  const { page } = await open('/search')
  let answer = () => {}
  const asked = new Promise<void>((resolve) => (answer = resolve))
  await page.route('**/api/v1/histogram?*', async (route) => {
    await asked
    await route.continue()
  })
  await page.getByRole('heading', { name: 'Search' }).waitFor({ state: 'attached' })
  await page.keyboard.insertText('marlinspike')
  await page.keyboard.press('Enter')
  await page.getByText('2 lines found').waitFor()
  await page.getByText('Counting…').waitFor()
  expect(await chip(page, 'all').textContent()).toMatch(/–\s*$/)
  expect(await bars(page).isVisible()).toBe(false)
  answer()
  await eventually('the count', async () => /2\s*$/.test((await chip(page, 'all').textContent()) ?? ''))
  expect(await bars(page).isVisible()).toBe(true)
})
