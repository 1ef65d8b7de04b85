import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// What a reader of a log keeps: the place, the counts, the keys, what was typed, and what is copied.

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs
let folder: string

const START = Date.UTC(2026, 5, 1, 20)
const LINES = 4000
/** One line a second; each hundredth is an error, and one far back has a word that no other has. */
const line = (n: number) => `${new Date(START + n * 1000).toISOString()} ${n % 100 === 0 ? 'ERROR' : 'INFO'} step ${n}.${n % 2 === 0 ? ' even' : ''}${n === 150 ? ' Marlinspike' : ''}\n`

beforeAll(async () => {
  folder = newFolder('quay')
  writeFileSync(path.join(folder, 'steps.log'), Array.from({ length: LINES }, (_, i) => line(i + 1)).join(''))
  writeFileSync(path.join(folder, 'days.log'), [`${new Date(START).toISOString()} INFO evening.`, `${new Date(START + 5 * 3_600_000).toISOString()} INFO after midnight.`, ''].join('\n'))
  writeFileSync(path.join(folder, 'odd.log'), ['2026-06-01T10:00:00.000Z ERROR Error: boom', '    at first (a.js:1)', '    at second (b.js:2)', '2026-06-01T10:00:01.000Z INFO opened evil\u202eexe.live now', '2026-06-01T10:00:02.000Z INFO quiet', ''].join('\n'))
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
})

async function open_log(name: string, query = '', look: { width?: number; height?: number } = {}): Promise<{ ui: TaffrailPage; page: Page; complaints: string[] }> {
  const { page, complaints } = await tabs.open('about:blank', look)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(server.url).origin })
  await page.goto(`${server.url}/logs/${name}${query}`)
  const ui = new TaffrailPage(page)
  await ui.log.locator('[data-id]').first().waitFor()
  return { ui, page, complaints }
}
const step = (ui: TaffrailPage, n: number): Locator => ui.log.locator('[data-id]').filter({ hasText: `step ${n}.` })
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())
/** The number of the first row that is wholly in sight. */
const first_step = (page: Page) =>
  page.evaluate(() => {
    const log = document.querySelector('[role="log"]')!
    const top = log.getBoundingClientRect().top
    const row = [...log.querySelectorAll('[data-id]')].find((each) => each.getBoundingClientRect().top >= top)
    return Number(/step (\d+)\./.exec(row?.textContent ?? '')?.[1])
  })
async function apply_filter(page: Page, text: string): Promise<void> {
  await page.keyboard.press('/')
  await page.keyboard.press('Control+a')
  if (text) await page.keyboard.insertText(text)
  else await page.keyboard.press('Delete')
  await page.keyboard.press('Enter')
}

test('a filter and its end leave the line that is read where it is, and nothing of old is called new', async () => {
  const { ui, page, complaints } = await open_log('steps.log')
  await step(ui, LINES).waitFor()
  await ui.log.hover()
  await page.mouse.wheel(0, -3000)
  await eventually('the place', async () => (await first_step(page)) < LINES - 100)
  // The first even line that is wholly in sight: it passes the filter.
  const at = (await first_step(page)) + ((await first_step(page)) % 2)
  const before = (await step(ui, at).boundingBox())!
  await apply_filter(page, 'text contains "even"')
  await eventually('the filter', async () => (await step(ui, at + 1).count()) === 0 && (await step(ui, at + 2).count()) === 1)
  expect((await step(ui, at).boundingBox())!.y).toBeCloseTo(before.y, 0)
  expect(await page.getByText(/^▼ \d+ new/).count()).toBe(0)
  await apply_filter(page, '')
  await step(ui, at + 1).waitFor()
  expect((await step(ui, at).boundingBox())!.y).toBeCloseTo(before.y, 0)
  // Only what is written from now on is new.
  appendFileSync(path.join(folder, 'steps.log'), line(LINES + 1))
  await page.getByText('1 new line').waitFor()
  expect((await step(ui, at).boundingBox())!.y).toBeCloseTo(before.y, 0)
  expect(complaints).toEqual([])
})

test('counts are of the whole log, loaded or not; choosing a level changes none of them, and each has its place', async () => {
  const { ui, page } = await open_log('steps.log')
  const chips = page.getByRole('group', { name: 'Level' })
  const exact = readFileSync(path.join(folder, 'steps.log'), 'utf8').split('\n').filter((text) => text.includes(' ERROR ')).length
  await eventually('the errors of the whole log', async () => new RegExp(`error\\s*${exact}$`).test((await chips.getByRole('button', { name: /^error/ }).textContent())!))
  const counts = async () => chips.getByRole('button').evaluateAll((all) => all.map((each) => each.textContent!.trim()))
  const before = await counts()
  await chips.getByRole('button', { name: /^error/ }).click()
  // Errors of further back are loaded and shown.
  await eventually('older errors', async () => (await ui.log.locator('[data-id]').count()) > 10)
  expect(await counts()).toEqual(before)
  // Each level has its place, whether or not anything was logged at it.
  expect(await chips.getByRole('button').count()).toBe(8)
})

test('after a container was chosen in the tree the keys are those of its log', async () => {
  const { page } = await tabs.open(server.url)
  const ui = new TaffrailPage(page)
  await ui.treeItem('steps.log').click()
  await ui.log.locator('[data-id]').first().waitFor()
  await eventually('the log has the keyboard', () => ui.log.evaluate((log) => log === document.activeElement))
  await page.keyboard.press('w')
  await eventually('it wraps', () => page.url().includes('wrap=1'))
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Follow' }).waitFor()
})

test('the table of containers is gone through by keys', async () => {
  const { page } = await tabs.open(server.url)
  await page.getByRole('link', { name: 'steps.log' }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('log')
  await eventually('the filter', () => page.url().includes('q=log'))
  await page.keyboard.press('Enter')
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.getByText('2 selected').waitFor()
  await page.keyboard.press('k')
  await page.keyboard.press('Enter')
  await page.getByRole('log').waitFor()
  expect(new URL(page.url()).pathname).toBe('/logs/days.log')
})

test('what was typed into the filter stays, also in the link, and a link cannot say that something else was typed', async () => {
  const { ui, page } = await open_log('steps.log')
  const box = page.getByRole('combobox', { name: 'Filter expression' }).or(page.getByRole('textbox', { name: 'Filter expression' })).first()
  const typed = async () => (await box.evaluate((field) => (field instanceof HTMLInputElement ? field.value : field.textContent))) ?? ''
  await apply_filter(page, 'Marlinspike step')
  await step(ui, 150).waitFor()
  expect(await typed()).toBe('Marlinspike step')
  const { searchParams } = new URL(page.url())
  expect([searchParams.get('q'), searchParams.get('filter')]).toEqual(['Marlinspike step', 'text contains "Marlinspike" and lower(text) contains "step"'])
  await page.reload()
  await step(ui, 150).waitFor()
  expect(await typed()).toBe('Marlinspike step')
  searchParams.set('q', 'everything')
  await page.goto(`${server.url}/logs/steps.log?${searchParams}`)
  await eventually('the filter itself', async () => (await typed()) === searchParams.get('filter'))
  await page.keyboard.press('/')
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText('level = "error"')
  await page.getByRole('button', { name: 'level == "error"' }).click()
  await eventually('as it was meant', () => new URL(page.url()).searchParams.get('filter') === 'level == "error"')
})

test('finding goes down with Enter and n, up with Shift, and on beyond what is loaded', async () => {
  const { ui, page } = await open_log('steps.log')
  await step(ui, LINES).waitFor()
  await page.keyboard.press('f')
  await page.keyboard.type('Marlinspike')
  await page.getByText('no match loaded').waitFor()
  await page.keyboard.press('Shift+Enter')
  await step(ui, 150).waitFor()
  await page.getByText(/^1 of 1/).waitFor()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('ERROR step')
  const current = async () => Number(/step (\d+)\./.exec((await ui.log.locator('.current').textContent()) ?? '')?.[1])
  await eventually('an error', async () => ((await ui.log.locator('.current').textContent()) ?? '').includes('ERROR step'))
  const from = await current()
  await page.keyboard.press('Enter')
  await eventually('down', async () => (await current()) === from + 100)
  await page.keyboard.press('Shift+Enter')
  await eventually('up', async () => (await current()) === from)
  await page.keyboard.press('Escape')
  await page.keyboard.press('f')
})

test('rows are picked with keys, with a click, and by dragging past the screen, and copied with their times', async () => {
  const { ui, page, complaints } = await open_log('steps.log', '', { height: 700 })
  await step(ui, LINES).waitFor()
  await ui.log.focus()
  for (const key of ['k', 'k', 'K', 'K']) await page.keyboard.press(key)
  await page.getByText('3 lines picked').waitFor()
  await page.keyboard.press('c')
  await page.getByText('3 lines copied').waitFor()
  const lines = (await clipboard(page)).split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/^2026-06-01T21:0\d:\d\d\.\d{9}Z 2026-06-01T.* INFO step \d+\./)
  await page.keyboard.press('Escape')
  await page.keyboard.press('k')
  await page.keyboard.press('c')
  await eventually('one line as it is', async () => /^2026-06-01T\S+ (INFO|ERROR) step \d+\.( even)?$/.test(await clipboard(page)))

  const box = (await ui.log.boundingBox())!
  await page.mouse.move(box.x + 300, box.y + box.height - 60)
  const last = await page.evaluate(([x, y]) => Number(/step (\d+)\./.exec(document.elementFromPoint(x!, y!)?.closest('[data-id]')?.textContent ?? '')?.[1]), [box.x + 300, box.y + box.height - 60])
  await page.mouse.down()
  await page.mouse.move(box.x + 320, box.y + 200, { steps: 4 })
  // The pointer stays where it is: the rows go by below it.
  for (let i = 0; i < 6; i += 1) await page.mouse.wheel(0, -1200)
  const picked = async () => Number(/(\d+) lines picked/.exec(await page.locator('body').innerText())?.[1] ?? 0)
  await eventually('more than two screens are picked', async () => (await picked()) > 200)
  await page.mouse.up()
  await page.keyboard.press('c')
  await page.getByText(/\d{3} lines copied/).waitFor()
  const numbers = (await clipboard(page)).split('\n').map((each) => Number(/step (\d+)\./.exec(each)?.[1]))
  expect(numbers.at(-1)).toBe(last)
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => last - numbers.length + 1 + i))
  expect(numbers.length).toBeGreaterThan(200)
  expect(complaints).toEqual([])
})

test('a double click selects a word and opens nothing; one click opens the details', async () => {
  const { ui, page } = await open_log('odd.log')
  const quiet = ui.log.getByText('quiet')
  const [x, y] = await quiet.evaluate((text) => {
    const word = document.createRange()
    const node = [...text.childNodes].find((each) => each.textContent!.includes('quiet'))!
    word.setStart(node, node.textContent!.indexOf('quiet') + 2)
    word.setEnd(node, node.textContent!.indexOf('quiet') + 3)
    const box = word.getBoundingClientRect()
    return [box.x + box.width / 2, box.y + box.height / 2]
  })
  await page.mouse.dblclick(x!, y!)
  expect(await page.evaluate(() => getSelection()!.toString().trim())).toBe('quiet')
  // Long after a click would have opened them.
  await page.waitForFunction((since) => performance.now() > since + 600, await page.evaluate(() => performance.now()))
  expect(await page.getByRole('button', { name: 'Copy the line' }).count()).toBe(0)
  await ui.log.getByText('Error: boom').click()
  await page.getByRole('button', { name: 'Copy the line' }).waitFor()
  expect(await ui.log.locator('.details .pretty').innerText()).toMatch(/Error: boom\n {4}at first \(a\.js:1\)\n {4}at second \(b\.js:2\)$/)
  await page.getByRole('button', { name: 'Copy the line' }).click()
  await eventually('with what is folded', async () => (await clipboard(page)).endsWith('at second (b.js:2)'))
})

test('signs that turn the order of text are shown, not obeyed', async () => {
  const { ui } = await open_log('odd.log')
  const row = ui.log.locator('[data-id]').filter({ hasText: 'opened evil' })
  expect(await row.locator('.sign').allInnerTexts()).toEqual(['RLO'])
  expect(await row.locator('.text').innerText()).toContain('evilRLOexe.live now')
})

test('days have a heading, and the day of what is in sight is always said', async () => {
  const { ui, page } = await open_log('days.log')
  await ui.line('after midnight.').waitFor()
  const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone)
  expect(zone).toBe('UTC')
  // The newest lines may be drawn a moment before those above them.
  const days = () => ui.log.locator('[data-day]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-day')))
  await eventually('both days', async () => (await days()).length === 2)
  expect(await days()).toEqual(['Monday, June 1, 2026', 'Tuesday, June 2, 2026'])
  await page.locator('.log-status').getByText('2026-06-02').waitFor()
  const [one, two] = [(await ui.line('evening.').boundingBox())!, (await ui.line('after midnight.').boundingBox())!]
  // A row, and the heading, which is as high as one.
  expect(two.y - one.y).toBeCloseTo(40, 0)
})

/** Of two colours as `rgb(…)`, by WCAG 2. */
function contrast(one: string, other: string): number {
  const light = (colour: string) => {
    const [red, green, blue] = colour.match(/[\d.]+/g)!.map((part) => (Number(part) / 255 <= 0.03928 ? Number(part) / 255 / 12.92 : ((Number(part) / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
  }
  const [a, b] = [light(one), light(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

test('what is chosen is seen in forced colours', async () => {
  const { page } = await open_log('steps.log')
  await page.emulateMedia({ forcedColors: 'active' })
  const colours = (element: Element) => {
    const background = (each: Element): string => {
      const colour = getComputedStyle(each).backgroundColor
      return colour === 'rgba(0, 0, 0, 0)' && each.parentElement ? background(each.parentElement) : colour
    }
    return [getComputedStyle(element).color, background(element)]
  }
  for (const chosen of [page.getByRole('group', { name: 'Level' }).locator('[aria-pressed="true"] .count'), page.locator('[role="treeitem"][aria-selected="true"] .truncate')]) {
    const [text, ground] = await chosen.first().evaluate(colours)
    const [, plain] = await page.locator('[role="treeitem"][aria-selected="false"] .truncate').first().evaluate(colours)
    expect(contrast(text!, ground!)).toBeGreaterThan(4.5)
    expect(contrast(ground!, plain!)).toBeGreaterThan(3)
  }
})

test('who comes back to the table finds it as it was left; a command that was typed is the first; the sheet leaves the keyboard down', async () => {
  const demo = await Server.start({ args: ['--source', 'demo'] })
  scope.defer(() => demo.stop())
  const { page } = await tabs.open(demo.url, { height: 500 })
  await page.getByRole('link', { name: 'ops-collector-1' }).waitFor()
  const top = () => page.locator('.container-table').evaluate((table) => table.scrollTop)
  await page.locator('.container-table').evaluate((table) => table.scrollTo(0, 150))
  await eventually('it is scrolled', async () => (await top()) === 150)
  await page.getByRole('link', { name: 'ops-collector-1' }).click()
  await page.getByRole('log').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').fill('wrap')
  expect(await page.getByRole('option').first().innerText()).toContain('Log: wrap lines')
  await page.keyboard.press('Escape')
  await page.goBack()
  await eventually('where it was', async () => (await top()) === 150)
  const phone = await tabs.open(demo.url, { width: 390 })
  await phone.page.getByRole('button', { name: 'Show the containers' }).click()
  await phone.page.getByRole('dialog').getByRole('treeitem').first().waitFor()
  expect(await phone.page.evaluate(() => document.activeElement!.tagName)).not.toBe('INPUT')
})

test('a crash loop needs a look, is marked as one, and its restarts are seen at every width', async () => {
  const demo = await Server.start({ args: ['--source', 'demo'] })
  scope.defer(() => demo.stop())
  const again = (await demo.containers()).filter(({ restarts }) => restarts !== null && restarts >= 3)
  expect(again.length).toBeGreaterThan(0)
  const { name } = again[0]!
  for (const width of [390, 768, 1440]) {
    const { page } = await tabs.open(`${demo.url}/?show=troubled`, { width })
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name }) })
    await row.waitFor()
    expect(await row.getByText(/^(↻ *Restarts *)?[\d,]{4,}$/).locator('visible=true').count(), `at ${width}`).toBe(1)
    await row.getByRole('img', { name: /crash loop, restarted/ }).first().waitFor()
    await page.close()
  }
})

test('details that a key opens come into sight, of the lowest line, too', async () => {
  const demo = await Server.start({ args: ['--source', 'demo'] })
  scope.defer(() => demo.stop())
  const { page } = await tabs.open(`${demo.url}/logs/shop-api-1`)
  const log = page.getByRole('log')
  await eventually('a screen of lines', async () => (await log.locator('[data-id]').count()) > 20)
  // Nothing comes in from below any more, and the lowest line that is seen is marked.
  await page.keyboard.press('k')
  const mark = log.locator('.log-row.marked')
  await mark.waitFor()
  const before = (await mark.boundingBox())!
  await page.keyboard.press('Enter')
  const details = mark.locator('.details')
  await details.waitFor()
  await eventually('all of them in sight', async () => {
    const [inner, outer] = [await details.boundingBox(), await log.boundingBox()]
    return inner && outer && inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height + 1
  })
  expect((await mark.boundingBox())!.y).toBeLessThan(before.y)
})
