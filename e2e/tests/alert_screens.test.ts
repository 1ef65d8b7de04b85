import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { alert, AlertAnswers } from '../fixtures/alert_answers.ts'
import { Alerts } from '../fixtures/alerts.ts'
import { violations } from '../fixtures/axe.ts'
import { Tabs } from '../fixtures/browser.ts'
import { Receiver } from '../fixtures/receiver.ts'
import { Scope } from '../fixtures/scope.ts'
import { runTaffrail, Server } from '../fixtures/taffrail.ts'
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

type Look = { width?: number; dark?: boolean }
/** Opens a screen; with `answers`, what alerts there are is made up. */
async function open(where: string, answers: AlertAnswers | null, look: Look = {}): Promise<{ page: Page; complaints: string[] }> {
  const { page, complaints } = await tabs.open('about:blank', look)
  await answers?.attach(page)
  await page.goto(demo.url + where)
  return { page, complaints }
}
const too_wide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)

async function open_all(page: Page): Promise<void> {
  const closed = page.locator('details:not([open]) > summary')
  while (await closed.count()) await closed.first().click()
}

// --- how it looks: made-up answers

const SCREENS: { name: string; where: string; answers?: () => AlertAnswers; seen: string; then?: (page: Page) => Promise<void> }[] = [
  { name: 'alerts', where: '/alerts', seen: 'Acknowledged 1' },
  { name: 'a thousand alerts', where: '/alerts', answers: () => AlertAnswers.thousand(), seen: 'Older ones' },
  { name: 'no alert', where: '/alerts', answers: () => new AlertAnswers(), seen: 'No alert so far' },
  { name: 'an alert', where: '/alerts/9', seen: 'given up', then: (page) => page.getByRole('button', { name: 'Attempts' }).click() },
  { name: 'silencing', where: '/alerts', seen: 'Firing 3', then: (page) => page.getByRole('button', { name: /^Silence:/ }).first().click() },
  { name: 'rules', where: '/rules', seen: '1 has an error' },
  { name: 'starter rules', where: '/rules', answers: () => Object.assign(AlertAnswers.full(), { rules: [] }), seen: 'Begin with these rules' },
  { name: 'a rule', where: '/rules/2', seen: 'What it looks for', then: open_all },
  { name: 'destinations', where: '/destinations', seen: 'connection refused' },
  { name: 'no destination', where: '/destinations', answers: () => new AlertAnswers(), seen: 'No destination yet' },
  { name: 'kinds of destinations', where: '/destinations/new', seen: 'Telegram' },
  { name: 'a destination', where: '/destinations/2', seen: 'never shown', then: (page) => page.locator('summary').click() },
  { name: 'silences', where: '/silences', seen: 'deploy of the new pool' },
]
test.each([{ width: 1280 }, { width: 1280, dark: true }, { width: 390 }])('axe finds nothing wrong, and nothing is cut off: %o', async (look) => {
  for (const { name, where, answers = AlertAnswers.full, seen, then } of SCREENS) {
    const { page, complaints } = await open(where, answers(), look)
    await page.getByText(seen).first().waitFor()
    await then?.(page)
    expect(await violations(page), name).toEqual([])
    expect(await too_wide(page), name).toBe(0)
    expect(complaints, name).toEqual([])
    await page.close()
  }
}, 180_000)

test('alerts stand in the order of what needs a person, and say what a line said and nothing more', async () => {
  const { page, complaints } = await open('/alerts', AlertAnswers.full())
  await page.getByText('Firing 3').first().waitFor()
  expect(await page.getByRole('main').getByRole('heading', { level: 2 }).allInnerTexts()).toEqual(['Firing 3', 'Acknowledged 1', 'Silenced 1', 'Resolved 2'])
  await page.getByText('<img src=x onerror="document.title=1">').first().waitFor()
  expect(await page.getByRole('main').locator('img').count()).toBe(0)
  await page.getByRole('link', { name: 'shop-api-1' }).first().waitFor()
  expect(await page.getByRole('main').getByRole('link', { name: 'shop-api-1' }).first().getAttribute('href')).toMatch(/\/logs\/shop-api-1.*\?at=1009(@|%40)2026-11-26T11:59:51\.000000000Z$/)
  await page.getByRole('button', { name: /^Resolved/ }).click()
  expect(page.url()).toContain('state=resolved')
  expect(await page.getByRole('main').getByRole('heading', { level: 2 }).allInnerTexts()).toEqual(['Resolved 2'])
  await page.reload()
  await page.getByText('Resolved 2').first().waitFor()
  expect(await page.getByRole('main').getByRole('heading', { level: 2 }).count()).toBe(1)
  expect(complaints).toEqual([])
})

test('what fires has a bell at its container, in the tree and in the table, which leads to the alert', async () => {
  const [one] = (await demo.containers()).filter(({ name }) => name === 'shop-api-1')
  const of = `${one!.host}/${one!.id}`
  const answers = AlertAnswers.full()
  answers.alerts = [alert(9, 'firing', { container: of, severity: 'info' }), alert(8, 'firing', { container: of, severity: 'critical' }), alert(7, 'acknowledged', { container: of })]
  const { page, complaints } = await open('/', answers)
  const bell = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'shop-api-1' }) }).getByRole('link', { name: '2 alerts fire' })
  await bell.waitFor()
  expect(await page.locator('[data-fires]').count()).toBe(2)
  await page.getByRole('treeitem').filter({ has: page.getByTitle('shop-api-1', { exact: true }) }).getByTitle('2 alerts fire').waitFor()
  await bell.click()
  await eventually('the alert', () => new URL(page.url()).pathname === '/alerts/9')
  expect(complaints).toEqual([])
})

test('the last days stand above the alerts, a row for each rule, which leads to its alerts', async () => {
  const now = Date.now()
  const answers = AlertAnswers.full()
  answers.alerts = [alert(8, 'firing', {}, now), ...[7, 6].map((id) => alert(id, 'resolved', {}, now)), alert(1, 'resolved', { started: new Date(now - 2 * 86_400_000).toISOString(), ended: new Date(now - 1.9 * 86_400_000).toISOString() }, now)]
  const { page } = await open('/alerts', answers)
  const line = page.getByRole('region', { name: 'The last days' })
  await line.waitFor()
  expect(await line.getByRole('listitem').count()).toBe(3)
  expect(answers.to('GET alerts').some(({ query }) => query.get('since') === '7d')).toBe(true)
  // Rule 2 has two alerts, two days apart.
  const row = line.getByRole('listitem').filter({ hasText: '2 began' })
  const left = async (i: number) => (await row.locator('.timeline-cell').nth(i).boundingBox())!.x
  const track = (await row.locator('.timeline-track').boundingBox())!
  expect(((await left((await row.locator('.timeline-cell').count()) - 1)) - (await left(0))) / track.width).toBeGreaterThan(1.8 / 7)
  await row.getByRole('button').click()
  await eventually('only that rule', () => new URL(page.url()).searchParams.get('rule') === '2')
  await eventually('one row', async () => (await line.getByRole('listitem').count()) === 1)
})

test('a thousand alerts come page by page, none twice', async () => {
  const answers = AlertAnswers.thousand()
  const { page } = await open('/alerts?state=resolved', answers)
  await page.getByText('Resolved 100+').first().waitFor()
  for (let shown = 200; shown <= 600; shown += 100) {
    await page.getByRole('button', { name: 'Older ones' }).click()
    await page.getByRole('heading', { name: `Resolved ${shown}` }).waitFor()
  }
  const rows = page.locator('.alert-row')
  expect(await rows.count()).toBe(600)
  const addresses = await rows.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')!).filter((href) => href.startsWith('/alerts/')))
  expect(new Set(addresses).size).toBe(600)
  const before = answers.to('GET alerts').map(({ query }) => query.get('before')).filter(Boolean)
  expect(new Set(before).size).toBe(5)
})

test('an alert is acknowledged with who and why, by keys alone', async () => {
  const answers = AlertAnswers.full()
  const { page } = await open('/alerts', answers)
  await page.getByText('Firing 3').first().waitFor()
  await page.keyboard.press('j')
  await page.getByRole('heading', { name: 'Certificate is about to expire' }).waitFor()
  expect(page.url()).toContain('/alerts/9')
  await page.keyboard.press('a')
  await page.getByRole('textbox', { name: 'Comment' }).fill('on it')
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada')
  await page.keyboard.press('Enter')
  await page.getByText('Acknowledged 2').first().waitFor()
  expect(answers.to('POST alerts/9/acknowledge').map(({ body }) => body)).toEqual([{ author: 'Ada', comment: 'on it' }])
  await eventually('the badge', async () => (await page.locator('[data-firing]').innerText()) === '2')
  await page.keyboard.press('Escape')
  await eventually('the list alone', () => new URL(page.url()).pathname === '/alerts')
})

test('an alert has the lines around its own, each with its place in the log, and who has said what to it', async () => {
  const answers = AlertAnswers.full()
  const own = (answers.alerts[0]!['notification'] as { log: Record<string, unknown> }).log
  const around = (seq: number, text: string) => ({ ...own, seq, text, match: false, cursor: `${seq}@${own['place']}` })
  answers.lines = [around(1007, 'connecting'), around(1008, '<b>no markup</b>'), { ...own, match: true, cursor: `1009@${own['place']}` }, around(1010, 'giving up')]
  answers.acknowledgements = [{ time: own['time'], author: 'Ada', comment: 'the pool again' }, { time: own['time'], author: null, comment: null }]
  const { page, complaints } = await open('/alerts/9', answers)
  const details = page.getByRole('complementary', { name: 'Details of the alert' })
  await details.getByText('giving up').waitFor()
  expect(await details.locator('.told-line pre').allInnerTexts()).toEqual(['connecting', '<b>no markup</b>', own['text'], 'giving up'])
  expect(await details.locator('.told-line[aria-current="true"] pre').allInnerTexts()).toEqual([own['text']])
  const places = await details.getByRole('link', { name: 'In the log' }).evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).searchParams.get('at')!.split('@')[0]))
  expect(places).toEqual(['1007', '1008', '1009', '1010'])
  await details.getByText('Ada: the pool again').waitFor()
  await details.getByText('somebody').waitFor()
  expect(complaints).toEqual([])
})

test('an alert is silenced by an expression that its rule and container are in', async () => {
  const answers = AlertAnswers.full()
  const { page } = await open('/alerts/9', answers)
  await page.getByRole('complementary', { name: 'Details of the alert' }).getByRole('button', { name: 'Silence' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByRole('textbox', { name: 'Expression' }).inputValue()).toBe('rule.id == 5 and container.name == "shop-api-1"')
  await dialog.getByRole('button', { name: 'Rule', exact: true }).click()
  expect(await dialog.getByRole('textbox', { name: 'Expression' }).inputValue()).toBe('rule.id == 5')
  await dialog.getByRole('button', { name: '8 hours' }).click()
  answers.set('POST silences', { status: 400, json: { title: 'Bad Request', status: 400, detail: "filter: unknown name rul (1:1)", line: 1, column: 1 } })
  await dialog.getByRole('button', { name: 'Silence' }).click()
  await dialog.getByRole('alert').getByText('unknown name rul').waitFor()
  answers.set('POST silences', { status: 201, json: {} })
  await dialog.getByRole('button', { name: 'Silence' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(answers.to('POST silences').at(-1)!.body).toEqual({ filter: 'rule.id == 5', until: '8h' })
})

test('a delivery that was given up is tried again', async () => {
  const answers = AlertAnswers.full()
  answers.set('POST notifications/n-9/retry', { status: 204 })
  const { page } = await open('/alerts/9', answers)
  await page.getByRole('button', { name: 'Attempts' }).click()
  await page.getByText('<h1>upstream is down</h1>').waitFor()
  await page.getByRole('button', { name: 'Try again' }).click()
  await eventually('the question', () => answers.to('POST notifications/n-9/retry')[0]?.query.get('destination') === '2')
})

test('what the server refuses stands at its field, and what was typed stays', async () => {
  const answers = AlertAnswers.full()
  const { page } = await open('/rules/1', answers)
  const over = page.getByRole('textbox', { name: 'More than' })
  await over.fill('many')
  answers.set('PUT rules/1', { status: 400, json: { title: 'Bad Request', status: 400, detail: "'count.over' must be a whole number from 0 to 1000000000" } })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('must be a whole number').waitFor()
  expect(await over.evaluate((element) => element === document.activeElement)).toBe(true)
  expect([await over.inputValue(), await over.getAttribute('aria-invalid')]).toEqual(['many', 'true'])
  expect(answers.to('PUT rules/1')[0]!.body.count).toEqual({ over: 'many', in: '5m' })

  answers.set('PUT rules/1', { status: 400, json: { title: 'Bad Request', status: 400, detail: "'log' a text cannot be compared with a number (1:10)", line: 1, column: 10 } })
  await over.fill('20')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('a text cannot be compared with a number').waitFor()
  // Escape leaves the field, then the form, which asks first.
  await over.focus()
  await over.fill('21')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor()
  await page.keyboard.press('Escape')
  expect(page.url()).toContain('/rules/1')
})

test('a rule without a cooldown keeps it, and one that is saved is as it was', async () => {
  const answers = AlertAnswers.full()
  const { page } = await open('/rules/2', answers)
  expect(await page.getByRole('textbox', { name: 'Cooldown' }).inputValue()).toBe('0s')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('5 rules').waitFor()
  expect(answers.to('PUT rules/2')[0]!.body).toEqual({ name: 'Exited with an error', enabled: true, severity: 'warning', event: 'name == "die" and attributes.exitCode not in ["0", "130", "137", "143"]', cooldown: '0s', destinations: [1, 2] })
})

test('another rule in the same form is not taken before what is unsaved was asked about', async () => {
  const answers = AlertAnswers.full()
  const { page } = await open('/rules/2', answers)
  await page.getByRole('textbox', { name: 'Name' }).first().fill('changed')
  await page.getByRole('link', { name: 'Duplicate' }).click()
  await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Leave' }).click()
  await page.getByRole('button', { name: 'Create the rule' }).waitFor()
  expect(await page.getByRole('textbox', { name: 'Name' }).first().inputValue()).toBe('Copy of Exited with an error')
  await page.getByRole('button', { name: 'Create the rule' }).click()
  await page.getByText('6 rules').waitFor()
  expect(answers.to('POST rules')[0]!.body).toMatchObject({ name: 'Copy of Exited with an error', cooldown: '0s' })
})

test('secrets are kept unless they are replaced, and a destination that is used says by which rules', async () => {
  const answers = AlertAnswers.full()
  const { page } = await open('/destinations/2', answers)
  await page.getByText('never shown').waitFor()
  await page.getByRole('textbox', { name: 'Name' }).first().fill('pager')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('no rule sends to it').first().waitFor()
  expect(answers.to('PUT destinations/2')[0]!.body).toMatchObject({ name: 'pager', secret: '***', headers: { Authorization: '***' }, concurrency: 4 })
  answers.set('DELETE destinations/1', { status: 409, json: { title: 'Conflict', status: 409, detail: 'rule 1 sends to it' } })
  await page.getByRole('button', { name: 'Delete: ops channel' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Timeouts of the database' }).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('alert').getByText('rule 1 sends to it').waitFor()
})

test('while the server is away what was loaded stays and says so; without anything it can be tried again', async () => {
  const answers = AlertAnswers.full()
  answers.away = true
  const { page } = await open('/rules', answers)
  await page.getByRole('alert').getByText('This could not be loaded').waitFor()
  answers.away = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('5 rules').waitFor()
  answers.away = true
  await page.clock.install()
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await page.getByText(/Could not be refreshed/).waitFor()
  await page.getByText('Timeouts of the database').waitFor()
})

test('the browser tells of an alert that begins, once the reader has asked for it', async () => {
  const answers = AlertAnswers.full()
  const { page } = await tabs.open('about:blank')
  await page.addInitScript(() => {
    const told: string[] = []
    Object.assign(window, { told })
    class Told {
      static permission = 'granted'
      static requestPermission = async () => 'granted'
      constructor(title: string, options: { tag: string }) {
        told.push(`${title} (${options.tag})`)
      }
      close() {}
    }
    Object.assign(window, { Notification: Told })
  })
  await answers.attach(page)
  await page.goto(`${demo.url}/alerts`)
  await page.getByText('Firing 3').first().waitFor()
  await page.getByRole('button', { name: 'Notify me' }).click()
  await page.getByRole('checkbox', { name: 'Show a notification when an alert begins' }).check()
  answers.alerts.push(alert(12, 'firing'))
  await eventually('the notification', async () => (await page.evaluate(() => (window as unknown as { told: string[] }).told)).length > 0)
  expect(await page.evaluate(() => (window as unknown as { told: string[] }).told)).toEqual(['Critical: Memory over 90 % · shop-api-1 (taffrail-alert-12)'])
})

// --- what it does: the server itself

test('a rule that is made of a line fires, is told to a destination that was tried, and is acknowledged and silenced', async () => {
  const receiver = await Receiver.start()
  scope.defer(() => receiver.stop())
  const alerts = new Alerts(demo)
  const { page, complaints } = await open('/destinations/new?type=webhook', null)
  await page.getByRole('textbox', { name: 'Name' }).first().fill('receiver')
  await page.getByRole('textbox', { name: 'URL' }).fill('no address')
  await page.getByRole('button', { name: 'Create the destination' }).click()
  await page.locator('[data-field="url"]').getByRole('alert').waitFor()
  await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url)
  await page.getByRole('button', { name: 'Test' }).click()
  await page.getByRole('cell', { name: 'delivered (200)' }).nth(2).waitFor()
  expect(receiver.received.map(({ json }) => json().type).sort()).toEqual(['event', 'log', 'metric'])
  await page.getByRole('button', { name: 'Create the destination' }).click()
  await page.getByRole('link', { name: 'receiver' }).first().waitFor()

  await page.goto(`${demo.url}/logs/project:shop`)
  // Back from the end, where lines stand still.
  await page.locator('[role="log"] [data-id]').last().waitFor()
  await page.getByRole('log').hover()
  await page.mouse.wheel(0, -200)
  await page.getByRole('button', { name: 'Follow', exact: true }).waitFor()
  // At its time: in its middle may be a value, which has a menu of its own.
  await page.locator('[role="log"] [data-id]').nth(5).click({ position: { x: 40, y: 8 } })
  await page.getByRole('button', { name: 'Alert on this' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'All containers' }).check()
  for (const checked = dialog.getByRole('checkbox', { checked: true }); await checked.count(); ) await checked.first().uncheck()
  await dialog.getByRole('button', { name: 'Go on to the rule' }).click()
  await page.getByRole('heading', { name: 'New rule' }).waitFor()
  await page.getByRole('textbox', { name: 'Name' }).first().fill('every line')
  await page.getByRole('checkbox', { name: /receiver/ }).first().check()
  await page.getByRole('button', { name: 'Create the rule' }).click()
  await page.getByRole('link', { name: 'every line', exact: true }).waitFor()
  const [made] = (await alerts.ask('GET', '/rules')).rules
  expect(made).toMatchObject({ name: 'every line', log: 'true', destinations: [expect.any(Number)], error: null })

  await eventually('an alert', async () => (await alerts.alerts('&state=firing')).length > 0, 30_000)
  await page.keyboard.press('a')
  await page.getByRole('button', { name: 'Acknowledge: every line' }).first().click()
  await page.getByRole('textbox', { name: 'Comment' }).fill('seen')
  await page.keyboard.press('Enter')
  await eventually('one that is acknowledged', async () => (await alerts.alerts('&state=acknowledged'))[0]?.comment === 'seen')
  await page.getByRole('button', { name: 'Silence: every line' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Silence' }).click()
  await eventually('a silence', async () => (await alerts.ask('GET', '/silences')).silences.length === 1)
  expect((await alerts.ask('GET', '/silences')).silences[0].filter).toMatch(/^rule\.id == \d+ and container\.name == "/)
  expect(complaints.filter((each) => !each.includes('400'))).toEqual([])
  await alerts.ask('DELETE', `/rules/${made.id}`, undefined, 204)
})

test('the starter rules are taken by the server as they are', async () => {
  const server = await Server.start({ args: ['--source', 'demo'] })
  scope.defer(() => server.stop())
  const { page } = await tabs.open('about:blank')
  await page.goto(`${server.url}/rules`)
  await page.getByRole('button', { name: /^Add \d+ rules$/ }).click()
  await page.getByText('7 rules').waitFor()
  const { rules } = await new Alerts(server).ask('GET', '/rules')
  expect(rules.filter(({ error }: { error: unknown }) => error)).toEqual([])
})

test('a hostile text in a prefilled expression is a text to the language', async () => {
  const hostile = '" or true or "\\\n\u202e`{{ x }}'
  // As web/src/features/alerts/expressions.ts quotes it; its unit test holds the two together.
  const quoted = String.raw`"\" or true or \"\\\n\u202e` + '`{{ x }}"'
  const { output } = await runTaffrail(['expr', quoted])
  expect(JSON.parse(output)).toBe(hostile)
})
