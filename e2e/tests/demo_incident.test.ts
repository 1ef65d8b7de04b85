import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { seed_between_incidents } from '../fixtures/demo.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// What somebody finds who has never seen Taffrail: the demo, its hint, and what went wrong.

const scope = new Scope()
afterAll(() => scope.close())
let server: Server
let tabs: Tabs

// The first start takes up a day of lines; a third of them tell the story, too. A server that is still at it is slow to stop.
const STORED_MS = 240_000
const MIB = 1024 * 1024
const GREEN = 'shop-orders-green-1'

beforeAll(async () => {
  const seed = seed_between_incidents(Date.now(), 600_000)
  server = await Server.start({ args: ['--source', `demo:rate=0.3,seed=${seed}`] })
  scope.defer(() => server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  let before = 0
  await eventually('the day is stored', async () => {
    const { lines } = (await server.get('/api/v1/history')).json() as { lines: number }
    const grown = lines - before
    before = lines
    return lines > 100_000 && grown < 1000
  }, STORED_MS, 3000)
}, STORED_MS + 60_000)

const hint = (page: Page) => page.getByRole('note').filter({ hasText: 'went wrong' })
const bars = (page: Page) => page.getByRole('slider', { name: /Lines over time/ })
const said = async (page: Page) => (await bars(page).getAttribute('aria-valuetext'))!
const range_of = (page: Page) => new URL(page.url()).searchParams.get('range')!.split('..').map((end) => Date.parse(end)) as [number, number]

/** What each bar says, as it is walked over with keys. */
async function walk(page: Page): Promise<string[]> {
  await bars(page).focus()
  await page.keyboard.press('Home')
  const most = Number(await bars(page).getAttribute('aria-valuemax'))
  const texts: string[] = []
  for (let bar = 0; bar <= most; bar += 1) {
    await eventually('the bar', async () => Number(await bars(page).getAttribute('aria-valuenow')) === bar)
    texts.push(await said(page))
    await page.keyboard.press('ArrowRight')
  }
  return texts
}
const errors_in = (text: string): number => Number(/ error ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', '') ?? 0)

test('the hint leads to a burst of errors with its deploy and its kills, which is brushed and compared with the time before', async () => {
  const { page, complaints } = await tabs.open(`${server.url}/`, { width: 1440, height: 900 })
  await hint(page).waitFor({ timeout: 120_000 })
  await hint(page).getByRole('link', { name: 'Find out why' }).click()
  await page.getByRole('log').waitFor()
  const [since, until] = range_of(page)
  const green = (await server.containers()).find(({ name }) => name === GREEN)!
  await eventually('the bars', async () => / lines/.test(await said(page)))

  const texts = await walk(page)
  const errors = texts.map(errors_in)
  const calm = errors.slice(0, Math.floor(errors.length / 3))
  const usual = calm.reduce((sum, n) => sum + n, 0) / calm.length
  const worst = Math.max(...errors)
  expect(worst, `usually ${usual}`).toBeGreaterThan(3 * usual + 3)
  // Payments crash all the time.
  expect(texts.filter((text) => new RegExp(`orders-green\\S* was made of ${green.image}`).test(text))).toHaveLength(1)
  expect(texts.filter((text) => /orders-green\S* ran out of memory/.test(text))).toHaveLength(2)

  const bad = errors.flatMap((n, bar) => (n > worst / 3 ? [bar] : []))
  await page.keyboard.press('Escape')
  const whole = await eventually('the whole', async () => (await said(page)).includes(' lines') && said(page))
  const box = (await page.locator('.histogram .u-over').boundingBox())!
  const x = (bar: number) => box.x + (box.width * bar) / errors.length
  await page.mouse.move(x(bad[0]!), box.y + 12)
  await page.mouse.down()
  await page.mouse.move(x(bad[0]! + 1), box.y + 12, { steps: 4 })
  await page.mouse.move(x(bad.at(-1)! + 1), box.y + 12, { steps: 4 })
  await page.mouse.up()
  await eventually('a smaller range', () => range_of(page)[0] > since && range_of(page)[1] < until)
  await eventually('its bars', async () => / lines/.test(await said(page)) && (await said(page)) !== whole)

  await page.getByRole('link', { name: 'Compare' }).click()
  const found = page.locator('.pattern').filter({ hasText: 'order could not be stored' }).first()
  await found.waitFor()
  // A first one may stand before the first high bar.
  expect(await found.locator('.pattern-change').textContent()).toMatch(/^(new|×\d{2,})$/)
  expect(complaints).toEqual([])
}, 180_000)

test('its kill is a row between the lines of the log, and its memory a curve that climbs to the limit', async () => {
  const events = (await server.get(`/api/v1/events?containers=${encodeURIComponent(`name == "${GREEN}"`)}&since=1h`)).text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { time: string; action: string })
  const oom = events.find(({ action }) => action === 'oom')!
  const { page, complaints } = await tabs.open(`${server.url}/logs/${GREEN}?at=${oom.time}`)
  const ui = new TaffrailPage(page)
  await ui.line('ran out of memory').waitFor()
  await ui.line('order could not be stored').waitFor()
  const stats = (await server.get(`/api/v1/stats?containers=${encodeURIComponent(`name == "${GREEN}"`)}&since=1h`)).json()
  const memory = stats.series[0].samples.flatMap((sample: { memory: number | null }) => sample.memory ?? []) as number[]
  expect(memory[0]).toBeLessThan(250 * MIB)
  expect(Math.max(...memory)).toBeGreaterThan(450 * MIB)
  expect(complaints).toEqual([])
})

test('alerts are switched on from the hint, and one fires within two minutes', async () => {
  const { page, complaints } = await tabs.open(`${server.url}/`)
  await page.getByRole('note').getByText('Everything here is made up').waitFor()
  // A first try of this test may have added the rules already.
  const offer = page.getByRole('button', { name: 'Switch on alerts' })
  if ((await server.get('/api/v1/rules')).json().rules.length === 0) {
    await offer.click()
    await page.getByRole('link', { name: 'See alerts' }).click()
  } else await page.goto(`${server.url}/alerts`)
  await page.locator('.alert-row').first().waitFor({ timeout: 240_000 })
  await page.goto(`${server.url}/`)
  await page.getByRole('note').waitFor()
  expect(await offer.count()).toBe(0)
  expect(complaints).toEqual([])
}, 300_000)

test('the hint is closed for good', async () => {
  const { page } = await tabs.open(`${server.url}/`)
  await hint(page).waitFor({ timeout: 120_000 })
  await page.getByRole('button', { name: 'Close this hint' }).click()
  await hint(page).waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('link', { name: GREEN }).first().waitFor()
  expect(await hint(page).count()).toBe(0)
}, 180_000)
