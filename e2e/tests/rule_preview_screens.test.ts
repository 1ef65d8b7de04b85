import { writeFileSync } from 'node:fs'
import path from 'node:path'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// A rule is tried on real lines while it is being written: 40 of the last hour, of which each sixth is an error.
const LINES = 40
const ERRORS = Math.floor(LINES / 6)

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs

beforeAll(async () => {
  const folder = newFolder('quay')
  const from = Date.now() - 30 * 60_000
  const line = (n: number) => `${new Date(from + n * 1000).toISOString()} ${n % 6 === 0 ? `ERROR berth ${n} refused\n` : `INFO berth ${n} free\n`}`
  writeFileSync(path.join(folder, 'quay.log'), Array.from({ length: LINES }, (_, i) => line(i + 1)).join(''))
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
})

async function open_form(look: { width?: number; dark?: boolean } = {}): Promise<{ page: Page; complaints: string[]; asked: () => number }> {
  const { page, complaints } = await tabs.open('about:blank', { width: 1440, ...look })
  let asked = 0
  page.on('request', (request) => (asked += Number(request.url().endsWith('/rules/preview'))))
  await page.goto(`${server.url}/rules/new`)
  return { page, complaints, asked: () => asked }
}
const condition = (page: Page) => page.getByRole('combobox', { name: 'Condition' }).or(page.getByRole('textbox', { name: 'Condition' })).first()

test('what a rule would have sent stands beside it while it is written, and is asked for once the typing pauses', async () => {
  const { page, complaints, asked } = await open_form()
  const preview = page.getByRole('region', { name: 'Tried on what there is' })
  await preview.getByText('As soon as there is a condition').waitFor()
  await condition(page).click()
  await page.keyboard.type('text contains "refused"', { delay: 20 })
  await preview.getByText(`Would have sent ${ERRORS} notifications`).waitFor()
  await preview.getByText(`${ERRORS} matches in ${LINES} lines of 1 container`).waitFor()
  expect(asked()).toBeLessThanOrEqual(2)
  // The lines that match are marked among those that do not.
  expect(await preview.locator('.preview-line.matches .preview-text').allInnerTexts()).toEqual([36, 30, 24, 18, 12, 6].map((n) => expect.stringContaining(`ERROR berth ${n} refused`)))
  expect(await preview.locator('.preview-line:not(.matches)').count()).toBeGreaterThan(10)

  // The message is rendered as it would be sent.
  await page.getByRole('textbox', { name: 'Message' }).fill('{{ container.name }} says {{ detail }}')
  await preview.locator('.preview-message', { hasText: /^quay\.log says .*ERROR berth 6 refused$/ }).waitFor()

  // Counted, they are one alert; and where nothing matches, nothing is sent.
  await page.getByRole('button', { name: 'by count' }).click()
  await page.getByRole('textbox', { name: 'More than' }).fill('4')
  await preview.getByText('Would have sent 2 notifications').waitFor()
  await condition(page).click()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('text contains "sunk"')
  await preview.getByText('Would have sent nothing').waitFor()
  expect(complaints).toEqual([])
})

test('what cannot be tried says why, and another try is one click away', async () => {
  const { page } = await open_form()
  const preview = page.getByRole('region', { name: 'Tried on what there is' })
  await condition(page).click()
  await page.keyboard.type('text contains "refused"')
  await preview.getByText(/^Would have sent/).waitFor()
  await page.route('**/api/v1/rules/preview', (route) => route.abort('connectionrefused'))
  await page.getByRole('button', { name: '6 hours' }).click()
  await preview.getByText('the server cannot be reached').waitFor()
  await page.unroute('**/api/v1/rules/preview')
  await preview.getByRole('button', { name: 'Try again' }).click()
  await preview.getByText(/^Would have sent/).waitFor()
})

test('where there is nothing to try a rule on, it says so', async () => {
  const { page } = await open_form()
  const preview = page.getByRole('region', { name: 'Tried on what there is' })
  await page.getByRole('button', { name: 'Events' }).click()
  await condition(page).click()
  await page.keyboard.type('name == "die"')
  await preview.getByText('There is nothing yet to try it on.').waitFor()
  await page.getByRole('combobox', { name: 'Containers' }).or(page.getByRole('textbox', { name: 'Containers' })).first().click()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('name == "nobody"')
  await preview.getByText('There is no container that it is about.').waitFor()
})

test('on a phone it stands below the form, and nothing is cut off', async () => {
  const { page } = await open_form({ width: 390 })
  await condition(page).click()
  await page.keyboard.type('text contains "refused"')
  const sum = page.getByText(`Would have sent ${ERRORS} notifications`)
  await sum.waitFor()
  await eventually('it fits', async () => (await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) === 0)
  expect((await sum.boundingBox())!.y).toBeGreaterThan((await condition(page).boundingBox())!.y)
})
