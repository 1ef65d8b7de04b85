import { writeFileSync } from 'node:fs'
import path from 'node:path'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { newFolder } from '../fixtures/folder.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// What the page says in the reader's language, and that it has room for it.

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs
const LINES = 12_345

beforeAll(async () => {
  const folder = newFolder('language')
  const start = Date.UTC(2026, 5, 1, 20)
  writeFileSync(path.join(folder, 'steps.log'), Array.from({ length: LINES }, (_, i) => `${JSON.stringify({ time: new Date(start + i * 1000).toISOString(), level: i % 100 === 0 ? 'error' : 'info', msg: `step ${i}.` })}\n`).join(''))
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
})

/** Buttons, heads, tabs and labels whose text does not fit into them, or that stand beyond the edge of the page. */
const clipped = (page: Page) =>
  page.evaluate(() => {
    const found: string[] = []
    if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide`)
    for (const element of document.querySelectorAll<HTMLElement>('main button, main a.btn, main h1, main h2, main label, main [role="columnheader"], main nav a, header button')) {
      const box = element.getBoundingClientRect()
      // What is scrolled to is reached; what a screen reader alone is told has no room of its own.
      if (box.width <= 1 || element.closest('.overflow-x-auto, .sr-only, [role="log"], .truncate')) continue
      if (box.right > innerWidth + 1 || box.left < -1 || element.scrollWidth > element.clientWidth + 1) found.push(element.outerHTML.slice(0, 200))
    }
    return found
  })

const SAID = {
  'de-DE': { lang: 'de', home: 'Nach Name, Image, Projekt, Host filtern', lines: '12.345', rules: 'Mit diesen Regeln beginnen', settings: 'Einstellungen', search: 'Alle Logs auf einmal durchsuchen', day: 'Montag, 1. Juni 2026' },
  'ja-JP': { lang: 'ja', home: '名前・イメージ・プロジェクト・ホストで絞り込み', lines: '12,345', rules: 'まずはこのルールから', settings: '設定', search: '全ログを一度に検索', day: '2026年6月1日月曜日' },
}
test.each(['de-DE', 'ja-JP'] as const)('a phone with %s reads every screen in that language, and nothing is cut off', async (locale) => {
  const said = SAID[locale]
  const { page, complaints } = await tabs.open(`${server.url}/`, { width: 375, height: 800, locale })
  await page.getByPlaceholder(said.home).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe(said.lang)
  expect(await clipped(page), 'dashboard').toEqual([])

  await page.goto(`${server.url}/logs/steps.log`)
  const ui = new TaffrailPage(page)
  await ui.line(`step ${LINES - 1}.`).waitFor()
  await page.getByText(said.lines).first().waitFor({ state: 'attached' })
  expect(await clipped(page), 'log').toEqual([])
  await ui.log.focus()
  await page.keyboard.press('g')
  await ui.log.locator(`[data-day="${said.day}"]`).waitFor()

  for (const [screen, text] of [['rules', said.rules], ['settings', said.settings], ['search', said.search]] as const) {
    await page.goto(`${server.url}/${screen}`)
    await page.getByRole('main').getByText(text, { exact: true }).first().waitFor()
    expect(await clipped(page), screen).toEqual([])
  }
  expect(complaints).toEqual([])
})

test('a language is chosen in the settings, in force at once, and there after a reload', async () => {
  const { page, complaints } = await tabs.open(`${server.url}/settings`, { locale: 'en-GB' })
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await page.evaluate(() => Object.assign(window, { same_page: true }))
  const choose = (before: string, language: string) => page.getByRole('combobox', { name: before }).selectOption({ label: language })

  await choose('Language', 'Français')
  await page.getByRole('heading', { name: 'Paramètres' }).waitFor()
  expect(await page.title()).toBe('Paramètres · Taffrail')
  expect(await page.locator('html').getAttribute('lang')).toBe('fr')
  await choose('Langue', '简体中文')
  await page.getByRole('heading', { name: '设置' }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-Hans')
  await choose('语言', 'Deutsch')
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor()
  expect(await page.evaluate(() => (window as unknown as { same_page?: boolean }).same_page)).toBe(true)

  // Dialogs that come later speak it, too.
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Tastatur' }).getByText('Diese Übersicht').waitFor()
  await page.keyboard.press('Escape')

  await page.reload()
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor()
  await choose('Sprache', 'wie der Browser')
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  expect(complaints).toEqual([])
})

test('where the texts of a language cannot be had, the page is in English and says so', async () => {
  const { page } = await tabs.open('about:blank', { locale: 'es-MX' })
  await page.route('**/assets/base-*.js', (route) => route.abort())
  await page.goto(`${server.url}/settings`)
  await page.getByRole('alert').getByText('The texts of this language could not be loaded.').waitFor()
  await page.unroute('**/assets/base-*.js')
})

test('the page runs to the left where a script does, and what containers wrote stays as it was', async () => {
  const { page, complaints } = await tabs.open(`${server.url}/logs/steps.log`)
  const ui = new TaffrailPage(page)
  await ui.line(`step ${LINES - 1}.`).waitFor()
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'))
  const middle = async (selector: string) => page.locator(selector).first().evaluate((element) => {
    const box = element.getBoundingClientRect()
    return (box.left + box.right) / 2 / innerWidth
  })
  // The tree stands where lines of text begin, and each control at the other side of what it was.
  await eventually('the tree on the right', async () => (await middle('aside')) > 0.5)
  expect(await middle('main')).toBeLessThan(0.5)
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  const order = await ui.log.locator('[data-id]').last().evaluate((row) => [row.querySelector('time')!, row.querySelector('.text')!].map((part) => part.getBoundingClientRect().left))
  expect(order[0]).toBeLessThan(order[1]!)

  // The handle widens the tree towards the lines, and the arrows of the tree go in and out with them.
  const width = () => page.locator('aside').evaluate((element) => element.getBoundingClientRect().width)
  const before = await width()
  await page.getByRole('separator').first().focus()
  await page.keyboard.press('ArrowLeft')
  await eventually('a wider tree', async () => (await width()) > before)
  for (const screen of ['', 'rules', 'settings', 'search']) {
    await page.goto(`${server.url}/${screen}`)
    await page.getByRole('main').locator('h1, input').first().waitFor({ state: 'attached' })
    await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'))
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), screen).toBe(0)
  }
  expect(complaints).toEqual([])
})
