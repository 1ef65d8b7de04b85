import { Tabs } from '../e2e/fixtures/browser.ts'
import { FakeEngine, fakeId } from '../e2e/fixtures/fake_engine.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import type { Row } from './measure.ts'

const CONTAINERS = 1000
const STEPS = 60
/** A notch of a wheel, and a whole screen, in pixels. */
const WAYS = [300, 1500]
const LATE_MS = 50

/** Collects how long frames take, by the clock of the wall, until it is asked to end. */
function watchFrames(): void {
  const seen = { frames: [] as number[], done: false }
  Object.assign(window, { seen })
  let last = performance.now()
  const frame = (now: number) => {
    seen.frames.push(now - last)
    last = now
    if (!seen.done) requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}
function framesSeen(): number[] {
  const { seen } = window as unknown as { seen: { frames: number[]; done: boolean } }
  seen.done = true
  return seen.frames
}

/** What an engine's stream of stats says once a second. */
function sample(): string {
  const now = Date.now()
  const cpu_usage = { total_usage: now * 50_000 + Math.floor(Math.random() * 3e7), usage_in_usermode: 0, usage_in_kernelmode: 0 }
  const memory_stats = { usage: 5e7 + Math.floor(Math.random() * 1e7), limit: 5e8, stats: { inactive_file: 0 } }
  return `${JSON.stringify({ read: new Date(now).toISOString(), cpu_stats: { cpu_usage, online_cpus: 2 }, memory_stats, pids_stats: { current: 5 } })}\n`
}

/** A host with 1,000 running containers, whose table is scrolled there and back. A hundred of them have figures: that many streams of them an engine is asked for. */
export async function table(scope: Scope): Promise<Row[]> {
  const containers = Array.from({ length: CONTAINERS }, (_, n) => ({ id: fakeId(n + 1), name: `service-${n + 1}`, state: 'running' as const, pid: process.pid }))
  const engine = await FakeEngine.start(containers, (_, answer, path) => {
    if (!path.endsWith('/logs') && !path.endsWith('/stats')) return false
    answer.writeHead(200).flushHeaders() // and stays open
    if (path.endsWith('/stats')) {
      answer.write(sample())
      const timer = setInterval(() => answer.write(sample()), 1000)
      answer.on('close', () => clearInterval(timer))
    }
    return true
  })
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  const tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  const { page } = await tabs.open(`${server.url}/`, { width: 1440, height: 900 })
  const box = (await page.locator('.container-table').boundingBox())!
  await eventually('figures', async () => (await page.locator('.container-table path[d*="L"]').count()) > 20, 60_000)
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async () => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000

  const rows: Row[] = []
  for (const way of WAYS) {
    for (const by of [way, -way]) {
      const before = await busy()
      await page.evaluate(watchFrames)
      for (let step = 0; step < STEPS; step += 1) {
        await page.mouse.wheel(0, by)
        await sleep(60)
      }
      const frames = await page.evaluate(framesSeen)
      const took = (await busy()) - before
      const late = frames.filter((ms) => ms > LATE_MS).length
      rows.push({ what: `${CONTAINERS} containers, ${STEPS} steps of ${by} px: frames over ${LATE_MS} ms, slowest`, measured: `${late} of ${frames.length}, ${Math.max(...frames).toFixed(0)} ms`, limit: '0', met: late === 0 })
      rows.push({ what: `the page's main thread, processor time of a step`, measured: `${(took / STEPS).toFixed(1)} ms`, limit: '' })
    }
  }
  return rows
}
