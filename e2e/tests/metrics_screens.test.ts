import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { DockerEngine } from '../fixtures/docker.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// Metrics as charts, and how much containers write, with a real engine.

const scope = new Scope()
afterAll(() => scope.close())
let engine: DockerEngine
let server: Server
let tabs: Tabs

const LOGGING = 'n=0; while :; do echo "INFO beat $n"; n=$((n+1)); sleep 0.5; done'

beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  await engine.run(['sh', '-c', LOGGING], { name: 'drummer', args: ['--memory', '64m', '--cpus', '0.5'] })
  await engine.run(['sh', '-c', LOGGING], { name: 'piper' })
})

const chart = (page: Page, name: string) => page.getByRole('figure').filter({ has: page.getByRole('img', { name: new RegExp(`^${name}`) }) })
const said = (page: Page, name: string) => chart(page, name).getByRole('img').getAttribute('aria-label')
/** Where a chart is drawn, without its axes. */
const plot = async (page: Page, name: string) => (await chart(page, name).locator('.u-over').boundingBox())!
const clocks = async (page: Page) => (await page.getByRole('figure').allInnerTexts()).map((text) => /\d\d:\d\d:\d\d/.exec(text)?.[0])
const shown = (page: Page, name: string) => chart(page, name).getByRole('button').evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-pressed')))

async function open(address: string, dark = false): Promise<{ page: Page; complaints: string[] }> {
  const { page, complaints } = await tabs.open(`${server.url}${address}`, { width: 1440, height: 900, dark })
  return { page, complaints }
}

test('charts say what their figures are beside their limits, and a time that is pointed at is shown in all of them and in the log', async () => {
  const { page, complaints } = await open('/logs/drummer')
  await eventually('CPU beside its limit', async () => /^CPU: ([\d.]+|<0\.01) \/ 0\.50$/.test((await said(page, 'CPU')) ?? ''))
  await eventually('memory beside its limit', async () => / \/ 64\.?0? MiB$/.test((await said(page, 'Memory')) ?? ''))
  // Lines and samples of the same seconds.
  await eventually('lines', async () => (await page.getByRole('log').locator('[data-id]').count()) > 20)
  const box = await plot(page, 'CPU')
  await page.mouse.move(box.x + box.width - 6, box.y + box.height / 2)
  await eventually('one time in all charts', async () => {
    const all = await clocks(page)
    return all.length >= 3 && all[0] !== undefined && all.every((clock) => clock === all[0])
  })
  await eventually('the line of that time is marked', async () => {
    // It goes on: the time under the pointer moves with the charts.
    await page.mouse.move(box.x + box.width - 6 - Math.random() * 4, box.y + box.height / 2)
    const line = await page.locator('.log-row.pointed time').first().innerText({ timeout: 1000 }).catch(() => '')
    return line !== '' && (await clocks(page))[0] !== undefined
  })
  await page.keyboard.press('Space')
  await page.getByRole('log').locator('[data-id]').nth(-4).hover()
  await eventually('the time of the line in the charts', async () => {
    const time = (await page.locator('[data-id]:hover time').innerText({ timeout: 1000 })).slice(0, 8)
    return (await clocks(page)).every((clock) => clock === time)
  })
  expect(complaints).toEqual([])
})

test('the legend shows a line alone and hides it, by mouse and by keys', async () => {
  const { page } = await open('/logs/drummer,piper')
  const legend = page.getByRole('group', { name: 'Which containers are drawn' }).getByRole('button')
  await eventually('both', async () => (await legend.count()) === 2)
  const pressed = () => legend.evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-pressed')))
  await legend.first().click()
  expect(await pressed()).toEqual(['true', 'false'])
  await legend.first().click()
  expect(await pressed()).toEqual(['true', 'true'])
  await legend.first().click({ modifiers: ['Shift'] })
  expect(await pressed()).toEqual(['false', 'true'])
  await legend.first().focus()
  await page.keyboard.press('Shift+Enter')
  expect(await pressed()).toEqual(['true', 'true'])
  await legend.last().focus()
  await page.keyboard.press('Enter')
  expect(await pressed()).toEqual(['false', 'true'])
  // Of a single container both directions have a line each. (Containers of this engine have no network.)
  const demo = await Server.start({ args: ['--source', 'demo'] })
  scope.defer(() => demo.stop())
  await page.goto(`${demo.url}/container/shop-api-1`)
  await eventually('both directions', async () => (await shown(page, 'Network')).length === 2)
  await chart(page, 'Network').getByRole('button').last().click()
  expect(await shown(page, 'Network')).toEqual(['false', 'true'])
  // Over a day figures are means of steps: what they lay between is told of the time that is pointed at, and moves nothing.
  await page.goto(`${demo.url}/container/media-thumbnails-1?range=24h`)
  await eventually('a day of figures', async () => /^CPU[^:]*: [\d<]/.test((await said(page, 'CPU')) ?? ''))
  const box = await plot(page, 'CPU')
  await eventually('between what it lay', async () => {
    await page.mouse.move(box.x + box.width * (0.3 + Math.random() * 0.3), box.y + box.height / 2)
    return /, from [\d.<]+ to [\d.]+ within the step$/.test((await said(page, 'CPU')) ?? '')
  })
  expect(await chart(page, 'CPU').innerText()).toMatch(/[\d.]+ – [\d.]+\s+\d\d:\d\d:\d\d/)
  expect(await plot(page, 'CPU')).toEqual(box)
})

test('the range of a log is that of its charts, which are brushed to another one', async () => {
  const { page } = await open('/logs/drummer')
  await eventually('figures', async () => /^CPU: [\d<]/.test((await said(page, 'CPU')) ?? ''))
  const asked: string[] = []
  page.on('request', (request) => request.url().includes('/api/v1/stats?') && asked.push(request.url()))
  await page.goto(`${server.url}/logs/drummer?range=1h`)
  await eventually('what is stored', async () => asked.length > 0 && /^CPU: [\d<]/.test((await said(page, 'CPU')) ?? ''))
  const since = Date.parse(new URL(asked[0]!).searchParams.get('since')!)
  expect(Math.abs(Date.now() - 3_600_000 - since)).toBeLessThan(60_000)
  const box = await plot(page, 'CPU')
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * 0.5, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.7, y, { steps: 4 })
  await page.mouse.move(box.x + box.width * 0.9, y, { steps: 4 })
  await page.mouse.up()
  await eventually('a range', () => page.url().includes('..'))
  const [from, until] = new URL(page.url()).searchParams.get('range')!.split('..').map((text) => Date.parse(text)) as [number, number]
  expect((until - from) / 3_600_000).toBeGreaterThan(0.3)
  expect((until - from) / 3_600_000).toBeLessThan(0.5)
})

test('a container that is gone still has its figures, of the time when it was there, and how often it started', async () => {
  const name = `short-${Date.now()}`
  await engine.run(['sh', '-c', LOGGING], { name })
  const { page, complaints } = await open(`/container/${name}`)
  await eventually('figures', async () => /[\d.]+ (MiB|KiB)/.test((await said(page, 'Memory')) ?? ''), 60_000)
  await eventually('a frame of metrics is stored', async () => {
    const stats = (await server.get(`/api/v1/stats?containers=${encodeURIComponent(`name == "${name}"`)}&since=10m&step=10s`)).json()
    return stats.series[0]?.samples.filter((sample: { memory: number | null }) => sample.memory !== null).length >= 2
  }, 60_000)
  await engine.docker('rm', '--force', name)
  await page.getByText('This container is removed').waitFor()
  await page.reload()
  await page.getByText('This container is removed').waitFor()
  await eventually('figures of what is gone', async () => (await page.getByRole('figure').count()) >= 3 && (await said(page, 'Memory')) !== null, 60_000)
  await eventually('its start', async () => /starts in this range [1-9]/.test((await said(page, 'Starts')) ?? ''))
  expect(complaints).toEqual([])
}, 180_000)

test('the table has the exact lines and errors of a minute, and asks for them only while it shows them', async () => {
  const name = `burst-${Date.now()}`
  const { page, complaints } = await open('/')
  await page.getByRole('columnheader', { name: 'Errors/min' }).waitFor()
  await engine.run(['sh', '-c', 'for n in $(seq 40); do if [ $((n % 4)) = 0 ]; then echo "ERROR broken $n"; else echo "INFO fine $n"; fi; done; sleep 1000'], { name })
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
  await eventually('its figures', async () => (await row.locator('.cell-lines').innerText()) === '40' && (await row.locator('.cell-errors').innerText()) === '10', 50_000)
  const view = () => page.getByRole('button', { name: 'View', exact: true }).click()
  await view()
  await page.getByRole('checkbox', { name: 'Lines/min' }).uncheck()
  await page.getByRole('checkbox', { name: 'Errors/min' }).uncheck()
  const asked: string[] = []
  page.on('request', (request) => request.url().includes('/api/v1/query?') && asked.push(request.url()))
  await page.reload()
  // A table that shows them asks at once: once samples are there it would have.
  await eventually('the table with its samples', async () => /[\d.]+ (MiB|KiB)/.test(await row.locator('.cell-memory').innerText()))
  expect(asked).toEqual([])
  await view()
  await page.getByRole('checkbox', { name: 'Errors/min' }).check()
  await eventually('they are asked for', () => asked.length > 0)
  expect(complaints).toEqual([])
}, 120_000)
