import { DockerEngine } from '../e2e/fixtures/docker.ts'
import { Tabs } from '../e2e/fixtures/browser.ts'
import { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import { type Row, putAhead, upTo } from './measure.ts'
import { heapOf, putBrowserAhead, seenBy, timesToScreen, watch } from './page_watch.ts'

/** What is written: plain lines, or JSON of a common length, of which the page reads each that it shows. */
const MATERIAL = {
  text: "sed 's/$/ requests served/'",
  json: `sed 's/.*/{"level":"info","msg":"& requests served","status":200,"request_id":"r&f00dcafe","user":{"id":&,"plan":"free"},"ms":&.5,"peer":"10.0.0.7","path":"\\/api\\/orders","region":"north-1"}/'`,
}
const RATE = 10_000
const SECONDS = 30
const LATE_MS = 100
// More than a gap or a page boundary can hide in; the whole way would be ten thousand screens.
const PART = 20_000

/** Milliseconds from opening an address to the first line on the screen, in a tab that has nothing yet; the best of three. */
async function firstLine(tabs: Tabs, url: string): Promise<number> {
  const took: number[] = []
  for (let i = 0; i < 3; i += 1) {
    const { page } = await tabs.open('about:blank')
    await page.addInitScript(() => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector('[role="log"] [data-id]')) return
        observer.disconnect()
        requestAnimationFrame(() => Object.assign(window, { firstLineAt: performance.now() }))
      }).observe(document, { subtree: true, childList: true })
    })
    await page.goto(url)
    took.push(await eventually('the first line', () => page.evaluate(() => (window as unknown as { firstLineAt?: number }).firstLineAt), 15_000, 50))
    await page.close()
  }
  return Math.min(...took)
}

export async function browser(scope: Scope): Promise<Row[]> {
  return [...(await flood(scope, 'text')), ...(await flood(scope, 'json'))]
}

async function flood(parent: Scope, kind: keyof typeof MATERIAL): Promise<Row[]> {
  const scope = new Scope()
  parent.defer(() => scope.close())
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  // A burst of a tenth of the rate ten times a second, paced by the clock of the machine.
  const burst = `seq $((i * ${RATE / 10} + 1)) $(((i + 1) * ${RATE / 10})) | ${MATERIAL[kind]}`
  const script = `i=0; while [ $i -lt ${SECONDS * 10} ]; do ${burst}; i=$((i + 1)); sleep 0.095; done; sleep 100000`
  const container = await engine.runHeld(script, { name: 'firehose' })
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  await server.container(container)
  const tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  const { page, complaints } = await tabs.open(`${server.url}/`)
  await page.getByRole('treeitem').filter({ hasText: 'firehose' }).first().click()
  const log = page.getByRole('log')
  await log.waitFor()
  await sleep(1000)
  await putBrowserAhead(page)
  for (const pid of [server.pid, ...(await engine.processes())]) putAhead(pid)
  await watch(page)

  await engine.release(container)
  const shown = async () => [...(await log.innerText()).matchAll(/(\d+) requests served/g)].map((match) => Number(match[1]))
  // Asked for seldom: an answer lays the page out once more.
  await sleep(SECONDS * 1000)
  await eventually('the last line on the screen', async () => (await shown()).includes(RATE * SECONDS), SECONDS * 2000, 500)
  const seen = await seenBy(page)
  const heap = await heapOf(page)
  const times = timesToScreen(await engine.docker('logs', '--timestamps', container), seen.screens)
  const late = (100 * times.filter((ms) => ms > LATE_MS).length) / times.length
  const quantile = (part: number) => times[Math.floor((times.length - 1) * part)]!.toFixed(0)
  const rows = await page.locator('[role="log"] *').count()

  // Scroll up a good part of the way, beyond what the page was given live: no number may be missing. Then jump to the first line.
  const reached = new Set<number>()
  await log.hover()
  for (let still = 0; still < 100 && reached.size < PART; ) {
    const before = reached.size
    for (const number of await shown()) reached.add(number)
    await page.evaluate(() => {
      const scroller = [...document.querySelectorAll('[role="log"], [role="log"] *')].find((element) => element.scrollHeight > element.clientHeight + 10)
      if (scroller) scroller.scrollTop -= scroller.clientHeight * 0.6
    })
    still = reached.size === before ? still + 1 : 0
    await sleep(still ? 50 : 15)
  }
  const [lowest, highest] = [Math.min(...reached), Math.max(...reached)]
  const missing = Array.from({ length: highest - lowest + 1 }, (_, n) => lowest + n).filter((number) => !reached.has(number))
  if (missing.length) console.log(`not seen between ${lowest} and ${highest}: ${missing.slice(0, 20).join(', ')}`)
  await log.focus()
  await page.keyboard.press('g')
  const opened = await firstLine(tabs, `${server.url}/logs/firehose`)
  await page.bringToFront()
  const first = await eventually('the first line', async () => (await shown()).includes(1), 15_000, 100).catch(() => false)
  await scope.close()
  const rows_of: Row[] = [
    { what: 'tasks over 50 ms', measured: `${seen.tasks.length}${seen.tasks.length ? `, longest ${Math.max(...seen.tasks).toFixed(0)} ms` : ''}`, limit: '0', met: seen.tasks.length === 0 },
    { what: 'frames a second, slowest frame', measured: `${(seen.frames / SECONDS).toFixed(0)}, ${seen.slowestFrame.toFixed(0)} ms`, limit: '' },
    upTo(`lines later than ${LATE_MS} ms on the screen`, late, '%', 5),
    { what: 'from a line to the screen: half, 95 %, all', measured: `${quantile(0.5)}, ${quantile(0.95)}, ${quantile(1)} ms`, limit: '' },
    upTo('heap of page and worker, 100,000 lines held', heap, 'MB', 150, 0),
    { what: 'elements mounted in the log', measured: String(rows), limit: '' },
    { what: 'lines seen while scrolling up, missing among them', measured: `${reached.size}, ${missing.length}`, limit: `${PART}, 0`, met: reached.size >= PART && missing.length === 0 },
    { what: 'the first line, reached with the key g', measured: first ? 'yes' : 'no', limit: 'yes', met: first },
    { what: 'first line on the screen after opening its address', measured: `${opened.toFixed(0)} ms`, limit: '500 ms', met: opened <= 500 },
    { what: 'complaints of the page', measured: String(complaints.length), limit: '0', met: complaints.length === 0 },
  ]
  return rows_of.map((row) => ({ ...row, what: `${kind}: ${row.what}` }))
}
