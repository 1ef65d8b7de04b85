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
  const shown = containers.find(({ name, state }) => state === 'running' && /api/.test(name)) ?? containers.find(({ state }) => state === 'running')!

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

    const ui = new TaffrailPage(page)
    if (look.width < 600) await page.getByRole('button', { name: /containers|menu|tree/i }).first().click()
    await ui.openLog(shown.name)
    await eventually('a screen of lines', async () => (await ui.lines()).length > 15, 30_000)
    await sleep(1500)
    await take('logs')
  }
} finally {
  await scope.close()
  sweep()
}
