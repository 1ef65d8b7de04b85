import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { DockerEngine } from '../fixtures/docker.ts'
import { newFolder } from '../fixtures/folder.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

let engine: DockerEngine
let server: Server
let tabs: Tabs

beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
})

async function openPage(path = '/', options: Parameters<Tabs['open']>[1] = {}) {
  const { page, complaints } = await tabs.open(`${server.url}${path}`, options)
  return { ui: new TaffrailPage(page), page, complaints }
}

test('the log follows what is written, and scrolling back reaches the first line', async () => {
  const container = await engine.runHeld("for i in $(seq 1 5000); do echo \"row number $i.\"; done; sleep 1000", { name: 'scroller' })
  const { ui, page, complaints } = await openPage()
  await ui.openLog('scroller')
  await engine.release(container)
  await ui.line('row number 5000.').waitFor()
  // No more rows are mounted than a screen and a margin hold.
  expect(await ui.lines().then((lines) => lines.length)).toBeLessThan(600)
  await ui.log.hover()
  await eventually(
    'the first line',
    async () => {
      await page.mouse.wheel(0, -20_000)
      return ui.line('row number 1.').isVisible()
    },
    20_000,
    50,
  )
  // What is read stays where it is while new lines come.
  const before = await ui.line('row number 1.').boundingBox()
  await engine.docker('exec', container, 'sh', '-c', 'echo one more > /proc/1/fd/1')
  await server.lines(`/api/v1/containers/${container}/logs?tail=1`)
  expect(await ui.line('row number 1.').boundingBox()).toEqual(before)
  expect(complaints).toEqual([])
})

test('the address holds the view: opened anew it shows the same log', async () => {
  await engine.run(['sh', '-c', 'echo hello from the link; sleep 1000'], { name: 'linked' })
  const first = await openPage()
  await first.ui.openLog('linked')
  await first.ui.line('hello from the link').waitFor()
  const second = await openPage(new URL(first.page.url()).pathname + new URL(first.page.url()).search)
  await second.ui.line('hello from the link').waitFor()
})

test('levels can be left out, and say so in the address', async () => {
  await engine.run(['sh', '-c', 'echo level=info msg=calm; echo level=error msg=storm; sleep 1000'], { name: 'weather' })
  const { ui, page } = await openPage()
  await ui.openLog('weather')
  await ui.line('calm').waitFor()
  await page.getByRole('button', { name: /^error\b/i }).or(page.getByRole('checkbox', { name: /^error\b/i })).first().click()
  await eventually('one of the two lines is left', async () => (await ui.line('calm').isVisible()) !== (await ui.line('storm').isVisible()))
  expect(page.url()).toMatch(/level/)
})

test('markup in a line is text, and never becomes part of the page', async () => {
  const { ui, page, complaints } = await openPage()
  const line = '<img src=x onerror=window.hacked=1><script>window.hacked=1</script> javascript:alert(1)'
  await engine.run(['sh', '-c', `echo '${line}'; sleep 1000`], { name: 'mischief' })
  await ui.treeItem('mischief').waitFor()
  await ui.openLog('mischief')
  await ui.line('<img src=x onerror').waitFor()
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  expect(await ui.log.locator('img, script').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('while the server is away the screen stays and says so; then it goes on without a hole', async () => {
  const listen = new URL(server.url).host
  const data = newFolder('data')
  await server.stop()
  server = await Server.start({ docker: [engine.url], listen, data })
  const container = await engine.run(['sh', '-c', 'i=0; while :; do i=$((i+1)); echo "beat $i;"; sleep 0.05; done'], { name: 'heart' })
  const { ui, page } = await openPage()
  await ui.openLog('heart')
  await eventually('beats', async () => (await ui.lines()).some((line) => Number(/beat (\d+);/.exec(line)?.[1] ?? 0) >= 20))
  await server.stop()
  await page.getByText(/^No connection for/).first().waitFor()
  expect((await ui.lines()).some((line) => line.includes('beat'))).toBe(true)
  server = await Server.start({ docker: [engine.url], listen, data })
  await server.container(container)
  const reached = (await server.lines(`/api/v1/containers/${container}/logs?tail=1`)).find((entry) => entry.seq).text
  const goal = Number(/\d+/.exec(reached)![0]) + 20
  await eventually('lines go on', async () => (await ui.lines()).some((line) => Number(/beat (\d+);/.exec(line)?.[1] ?? 0) >= goal))
  const numbers = (await ui.lines()).map((line) => Number(/beat (\d+);/.exec(line)?.[1])).filter(Boolean)
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => numbers[0]! + n))
})

test('a phone shows the tree as a sheet and the log in full width', async () => {
  const { ui, page } = await openPage('/', { width: 390, height: 800 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  await page.getByRole('button', { name: /containers|menu|tree/i }).first().click()
  await ui.treeItem('linked').click()
  await ui.line('hello from the link').waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
})

test('a key does not reach a line that took the place of the one it was meant for', async () => {
  const trace = (name: string) => `echo "ERROR ${name} broke"; echo "    at first(${name}.js:1)"; echo "    at second(${name}.js:2)"`
  const many = "for i in $(seq 1 300); do echo \"row number $i.\"; done"
  const container = await engine.runHeld(`${many}; ${trace('old')}; while [ ! -e /tmp/on ]; do sleep 0.02; done; ${many}; ${trace('new')}; sleep 1000`, { name: 'traces' })
  const { ui, page } = await openPage()
  await ui.openLog('traces')
  await engine.release(container)
  const folds = ui.log.getByRole('button', { name: /2 lines folded/ })
  await eventually('the first trace', async () => (await folds.count()) === 1 && ui.line('old broke').isVisible())
  await folds.focus()
  await engine.docker('exec', container, 'touch', '/tmp/on')
  await eventually('the second trace', async () => (await folds.count()) === 1 && ui.line('new broke').isVisible())
  expect(await ui.log.evaluate((log) => log === document.activeElement)).toBe(true)
  await page.keyboard.press('Space')
  expect(await folds.getAttribute('aria-expanded')).toBe('false')
})
