import type { Tabs } from '../e2e/fixtures/browser.ts'
import { eventually } from '../e2e/fixtures/wait.ts'
import { putAhead } from './measure.ts'

type Page = Awaited<ReturnType<Tabs['open']>>['page']

/** What a page saw of itself: tasks over 50 ms, frames, and when which line was the last on the screen: `[number of the line, ms since 1970]`. */
export interface Seen {
  tasks: number[]
  frames: number
  slowestFrame: number
  screens: [number, number][]
}

/** Runs in the page, whose lines say `N requests served`. A screen counts as shown when the frame that has it has been painted. */
function observe(): void {
  const seen: Seen = { tasks: [], frames: 0, slowestFrame: 0, screens: [] }
  Object.assign(window, { seen })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.tasks.push(entry.duration)
  }).observe({ entryTypes: ['longtask'] })
  let last = performance.now()
  const frame = (now: number) => {
    seen.frames += 1
    seen.slowestFrame = Math.max(seen.slowestFrame, now - last)
    last = now
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)

  const rows = document.querySelector('.log-body')!
  const painted = new MessageChannel()
  let awaited = false
  painted.port1.onmessage = () => {
    awaited = false
    const number = /(\d+) requests served/.exec(rows.lastElementChild?.textContent ?? '')
    if (number) seen.screens.push([Number(number[1]), Date.now()])
  }
  new MutationObserver(() => {
    if (awaited) return
    awaited = true
    requestAnimationFrame(() => painted.port2.postMessage(null))
  }).observe(rows, { subtree: true, childList: true, characterData: true })
}

export const watch = (page: Page): Promise<void> => page.evaluate(observe)
export const seenBy = (page: Page): Promise<Seen> => page.evaluate(() => (window as unknown as { seen: Seen }).seen)

/** From when the engine stamped each line until it, or a later one, was the last on the screen, in ms, ascending. `log`: as `docker logs --timestamps` prints it. */
export function timesToScreen(log: string, screens: Seen['screens']): number[] {
  const times: number[] = []
  let next = 0
  for (const [, time, number] of log.matchAll(/^(\S+) .*?(\d+) requests served/gm)) {
    while (next < screens.length && screens[next]![0] < Number(number)) next += 1
    if (next < screens.length) times.push(screens[next]![1] - Date.parse(time!.replace(/(\.\d{3})\d*/, '$1')))
  }
  return times.toSorted((a, b) => a - b)
}

/** Puts all processes of a page's browser ahead, as BENCH_NICE says. */
export async function putBrowserAhead(page: Page): Promise<void> {
  const session = await page.context().browser()!.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  for (const { id } of processInfo) putAhead(id)
  await session.detach()
}

/** What scripts of a page and of its worker hold together, in MB, without what the next collection of garbage would free. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  const answers = new Map<number, (result: { usedSize: number }) => void>()
  let worker = ''
  session.on('Target.attachedToTarget', (event) => (worker = event.sessionId))
  session.on('Target.receivedMessageFromTarget', (event) => {
    const { id, result } = JSON.parse(event.message) as { id: number; result: { usedSize: number } }
    answers.get(id)?.(result)
  })
  const ask = (id: number, method: string) => {
    const answer = new Promise<{ usedSize: number }>((resolve) => answers.set(id, resolve))
    return session.send('Target.sendMessageToTarget', { sessionId: worker, message: JSON.stringify({ id, method }) }).then(() => answer)
  }
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
  await eventually('the worker', async () => worker)
  await session.send('HeapProfiler.collectGarbage')
  await ask(1, 'HeapProfiler.collectGarbage')
  const [own, other] = [await session.send('Runtime.getHeapUsage'), await ask(2, 'Runtime.getHeapUsage')]
  await session.detach()
  return (own.usedSize + other.usedSize) / 1e6
}
