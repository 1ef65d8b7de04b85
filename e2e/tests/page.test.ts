import { writeFileSync } from 'node:fs'
import path from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { violations } from '../fixtures/axe.ts'
import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

let demo: Server
let tabs: Tabs

beforeAll(async () => {
  demo = await Server.start({ args: ['--source', 'demo'] })
  scope.defer(() => demo.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
})

test.each([
  { dark: false, width: 1280 },
  { dark: true, width: 1280 },
  { dark: false, width: 390 },
])('axe finds nothing wrong: %o', async (look) => {
  const { page } = await tabs.open(`${demo.url}/`, look)
  await page.getByRole('link', { name: 'shop-api-1' }).waitFor()
  expect(await violations(page), 'dashboard').toEqual([])

  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').fill('a')
  expect(await violations(page), 'palette').toEqual([])
  await page.keyboard.press('Escape')

  await page.goto(`${demo.url}/logs/project:shop`)
  const ui = new TaffrailPage(page)
  await eventually('lines', async () => (await ui.lines()).length > 10, 30_000)
  expect(await violations(page), 'log').toEqual([])
  // Beside what can be clicked in a line.
  await page.locator('[role="log"] [data-id]').last().click({ position: { x: 20, y: 8 } })
  await page.getByRole('button', { name: 'Copy a link to the line' }).waitFor()
  expect(await violations(page), 'details of a line').toEqual([])

  await page.keyboard.press('/')
  const editor = page.getByRole('combobox', { name: 'Filter expression' })
  await editor.waitFor()
  await editor.pressSequentially('level >= "warn" and container.')
  await page.getByRole('option').first().waitFor()
  expect(await violations(page), 'completions').toEqual([])
  await editor.pressSequentially('nmae == ""')
  await page.getByText(/did you mean/).waitFor()
  expect(await violations(page), 'a fault').toEqual([])
})

test.each([390, 768, 1024, 1280, 1920])('nothing is cut off at a width of %i', async (width) => {
  const { page } = await tabs.open(`${demo.url}/`, { width })
  await page.getByRole('link', { name: 'shop-api-1' }).waitFor()
  const beyond = () =>
    page.evaluate(() => {
      const main = document.querySelector('main')!.getBoundingClientRect()
      const seen = [...document.querySelectorAll('main header, main [role="row"] > *, main button, main input, main h1')]
      return {
        page: document.documentElement.scrollWidth - window.innerWidth,
        elements: seen.filter((element) => element.getClientRects().length > 0 && !element.closest('.overflow-x-auto') && element.getBoundingClientRect().right > main.right + 1).map((element) => element.outerHTML.slice(0, 200)),
      }
    })
  expect(await beyond()).toEqual({ page: 0, elements: [] })
  await page.goto(`${demo.url}/logs/project:shop`)
  await page.getByRole('log').waitFor()
  await eventually('lines', async () => (await new TaffrailPage(page).lines()).length > 10, 30_000)
  const { page: too_wide, elements } = await beyond()
  expect(too_wide).toBe(0)
  // Of a line, what is at its end is reached by scrolling.
  expect(elements.filter((html) => !html.includes('class="fold"'))).toEqual([])
})

test('the editor completes with what the server says, and says what is wrong under the place', async () => {
  const { page, complaints } = await tabs.open(`${demo.url}/logs/shop-api-1`)
  await page.getByRole('log').waitFor()
  await page.keyboard.press('/')
  const editor = page.getByRole('combobox', { name: 'Filter expression' })
  await editor.waitFor()
  // The methods of a time are known to the server alone.
  await editor.pressSequentially('len(text) > 1 and time.Yea')
  await page.getByRole('option', { name: /^YearDay/ }).waitFor()
  await page.keyboard.press('Control+a')
  await editor.pressSequentially('level >= "warn" and levl == "x"')
  await page.getByText('unknown name levl, did you mean level?').waitFor()
  expect(await page.locator('.cm-fault').innerText()).toBe('levl')
  await page.keyboard.press('Enter')
  expect(page.url()).not.toContain('filter=')
  expect(complaints).toEqual([])
})

test('what is no longer there stays on the screen and is said to be gone', async () => {
  const [one, two] = [newFolder('one'), newFolder('two')]
  writeFileSync(path.join(one, 'first.log'), Array.from({ length: 200 }, (_, n) => `first ${n + 1}.\n`).join(''))
  writeFileSync(path.join(two, 'second.log'), 'second\n')
  let server = await Server.start({ args: ['--source', `files:${one}/*.log`] })
  scope.defer(() => server.running && server.stop())
  const listen = new URL(server.url).host
  const { page } = await tabs.open(`${server.url}/logs/first.log`)
  const ui = new TaffrailPage(page)
  await ui.line('first 200.').waitFor()
  await server.stop()
  server = await Server.start({ args: ['--source', `files:${two}/*.log`], listen })
  await ui.treeItem('second.log').waitFor({ timeout: 20_000 })
  await page.getByText('Removed. This is its last log.').waitFor()
  expect(await ui.line('first 200.').isVisible()).toBe(true)
})

