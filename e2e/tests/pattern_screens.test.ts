import { writeFileSync } from 'node:fs'
import path from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// What lines have in common, as the search page shows it, held against the lines themselves.

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs

const START = Math.floor(Date.now() / 1000) * 1000 - 4_200_000
const MIDDLE = START + 2_000_000
/** A line a second; in the second half some are of a kind that was not there before. */
const lines = Array.from({ length: 4000 }, (_, i) => {
  const ms = START + i * 1000
  if (ms >= MIDDLE && i % 5 === 0) return { ms, text: `ERROR mast ${i} is sprung` }
  return { ms, text: i % 2 === 0 ? `INFO sail ${i} set in ${i * 3} ms` : `INFO {"anchor":"up","n":${i}}` }
})
const having = (word: string) => lines.filter(({ text }) => text.includes(word))

beforeAll(async () => {
  const folder = newFolder('rig')
  writeFileSync(path.join(folder, 'brig.log'), lines.map(({ ms, text }) => `${new Date(ms).toISOString()} ${text}\n`).join(''))
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  await eventually('all lines are stored', async () => (await server.get('/api/v1/history')).json().lines === lines.length)
})

const rows = '.pattern-head'

test('patterns have the exact numbers of their lines, and one leads to them', async () => {
  const { page, complaints } = await tabs.open(`${server.url}/search?by=pattern`)
  await eventually('three patterns', async () => (await page.locator(rows).count()) === 3)
  const counts = await page.locator('.pattern-count').allTextContents()
  expect(counts.map((text) => Number(text.replace(/\D/g, ''))).sort()).toEqual([having('mast'), having('sail'), having('anchor')].map(({ length }) => length).sort())
  await page.getByRole('status').filter({ hasText: '3 patterns of 4,000 lines' }).waitFor()
  await page.locator('.pattern-text', { hasText: 'is sprung' }).click()
  await eventually('its lines', () => !page.url().includes('by=pattern'))
  await page.getByRole('status').filter({ hasText: new RegExp(`\\b${having('mast').length} lines`) }).waitFor()
  await page.goBack()
  await eventually('the patterns again', async () => (await page.locator(rows).count()) === 3)
  expect(complaints).toEqual([])
})

test('what is new is told from what was there before, also by the link', async () => {
  const { page } = await tabs.open(`${server.url}/search?by=pattern&new=${new Date(MIDDLE).toISOString()}`)
  await eventually('one pattern', async () => (await page.locator(rows).count()) === 1)
  expect(await page.locator('.pattern-text').textContent()).toContain('mast <*> is sprung')
  await page.getByRole('combobox', { name: 'New since' }).selectOption('')
  await eventually('all', async () => (await page.locator(rows).count()) === 3)
})

test('a range is compared with the time before by one click', async () => {
  const range = `${new Date(MIDDLE).toISOString()}..${new Date(MIDDLE + 1_000_000).toISOString()}`
  const { page, complaints } = await tabs.open(`${server.url}/search?filter=${encodeURIComponent('text contains "a"')}&range=${range}`)
  await page.getByRole('button', { name: 'Compare with the time before' }).click()
  await eventually('the comparison', async () => (await page.locator(rows).count()) === 3)
  expect(page.url()).toContain('base=before')
  const first = page.locator('.pattern').first()
  expect(await first.locator('.pattern-text').textContent()).toContain('mast <*> is sprung')
  expect(await first.locator('.pattern-change').textContent()).toBe('new')
  await first.getByRole('button', { name: 'Show or hide' }).click()
  await first.locator('.pattern-example', { hasText: 'is sprung' }).waitFor()
  expect(complaints).toEqual([])
})
