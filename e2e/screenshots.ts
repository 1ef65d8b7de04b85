/** Takes docs/screenshots/*.png from the demo source: `make screenshots`. Look at them before committing. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'

import { Tabs } from './fixtures/browser.ts'
import { makeRunFolder, ROOT } from './fixtures/folder.ts'
import { TaffrailPage } from './fixtures/page.ts'
import { Scope } from './fixtures/scope.ts'
import { Server } from './fixtures/taffrail.ts'
import { eventually, sleep } from './fixtures/wait.ts'

const FOLDER = path.join(ROOT, 'docs/screenshots')
// They are kept in the repository.
const MOST_BYTES = 200_000
// The demo must have run for a while before its metrics make a picture.
const WARM_UP_SECONDS = Number(process.env['WARM_UP_SECONDS'] ?? 45)

const LOOKS = [
  { name: 'light', width: 1280, height: 800, dark: false },
  { name: 'dark', width: 1280, height: 800, dark: true },
  { name: 'phone', width: 390, height: 844, dark: false },
]

const sweep = makeRunFolder()
const scope = new Scope()
try {
  mkdirSync(FOLDER, { recursive: true })
  const server = await Server.start({ args: ['--source', 'demo'] })
  scope.defer(() => server.stop())
  const tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  // Looked at, everything is sampled once a second.
  const live = await server.live()
  live.send({ type: 'subscribe', sub: 1, what: 'stats' })
  await sleep(WARM_UP_SECONDS * 1000)
  live.close()
  const containers = await server.containers()
  // A whole stack in one view shows the most: several services, levels, formats and folded traces.
  const project = 'shop'
  const shown = containers.find((container) => container.project === project)
  if (!shown) throw new Error(`the demo has no stack ${project}`)
  let merged = ''

  for (const look of LOOKS) {
    const { page } = await tabs.open(`${server.url}/`, look)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const take = async (view: string) => {
      const file = path.join(FOLDER, `${view}-${look.name}.png`)
      await page.screenshot({ path: file })
      execFileSync('pngquant', ['--force', '--skip-if-larger', '--speed', '1', '--ext', '.png', '256', file])
      const { size } = statSync(file)
      console.log(`${path.relative(ROOT, file)}: ${Math.round(size / 1000)} kB`)
      if (size > MOST_BYTES) throw new Error(`${file} has more than ${MOST_BYTES} bytes`)
    }
    await page.getByText(shown.name).first().waitFor({ state: 'attached' })
    await sleep(3000) // two samples, for the lines of the charts
    await take('dashboard')

    if (merged) {
      await page.goto(new URL(merged, server.url).href)
    } else {
      const stack = page.getByRole('treeitem', { expanded: true }).filter({ hasText: project }).last()
      await stack.hover()
      await stack.getByRole('button').click()
      await page.getByRole('log').waitFor()
      merged = new URL(page.url()).pathname
    }
    const ui = new TaffrailPage(page)
    await eventually('a screen of lines', async () => (await ui.lines()).length > 15, 30_000)
    await sleep(1500)
    // On a wide screen, a trace that is folded shows more of what the page does than a screen of plain lines.
    if (look.width > 500) await eventually('a folded trace on the screen', async () => {
      const [log, fold] = [await ui.log.boundingBox(), await ui.log.getByRole('button', { name: /folded/ }).last().boundingBox({ timeout: 500 })]
      return log && fold && fold.y > log.y + 40
    }, 60_000, 200)
    await take('logs')
  }
} finally {
  await scope.close()
  sweep()
}
