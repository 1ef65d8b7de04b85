/** Takes docs/screenshots/*.png from the demo: `make screenshots`, or with names (`incident split`) some of them. Look at them before committing. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'

import type { Page } from 'playwright-core'

import { Alerts } from './fixtures/alerts.ts'
import { Tabs } from './fixtures/browser.ts'
import { incident_begin, last_incident, seed_between_incidents } from './fixtures/demo.ts'
import { makeRunFolder, ROOT } from './fixtures/folder.ts'
import { TaffrailPage } from './fixtures/page.ts'
import { Scope } from './fixtures/scope.ts'
import { Server } from './fixtures/taffrail.ts'
import { eventually, sleep } from './fixtures/wait.ts'

const FOLDER = path.join(ROOT, 'docs/screenshots')
// They are kept in the repository.
const MOST_BYTES = 200_000
const WIDE = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
const MINUTE_MS = 60_000
/** As long as it takes to store a day of lines, and for a rule to fire. */
const PATIENCE_MS = 10 * MINUTE_MS

const iso = (ms: number) => new Date(ms).toISOString()

interface Shot {
  name: string
  looks: { as: string; width: number; height: number; dark?: boolean }[]
  /** What is opened, below the server's address. */
  at: string
  /** What is done, or waited for, before it is taken. */
  until(page: Page): Promise<unknown>
}

const log_is_there = (page: Page) => eventually('a screen of lines', async () => (await new TaffrailPage(page).lines()).length > 8, MINUTE_MS)
const bars_are_there = (page: Page) => page.getByRole('slider', { name: /^Lines over time/ }).and(page.locator('[aria-valuetext*=" lines"]')).first().waitFor()

function shots(begin: number): Shot[] {
  const around = `${iso(begin - 4 * MINUTE_MS)}..${iso(begin + 7 * MINUTE_MS)}`
  const bad = `${iso(begin + 2 * MINUTE_MS)}..${iso(begin + 5 * MINUTE_MS)}`
  const shop = encodeURIComponent('project == "shop"')
  return [
    {
      name: 'dashboard',
      looks: [{ as: 'light', ...WIDE }, { as: 'dark', ...WIDE, dark: true }, { as: 'phone', ...PHONE }],
      at: '/',
      until: (page) => page.getByRole('note').filter({ hasText: 'went wrong' }).waitFor(),
    },
    {
      name: 'incident',
      looks: [{ as: 'light', ...WIDE }, { as: 'dark', ...WIDE, dark: true }, { as: 'phone', ...PHONE, dark: true }],
      at: `/logs/project:shop?range=${around}&at=${iso(begin + 170_000)}`,
      until: async (page) => {
        await log_is_there(page)
        await bars_are_there(page)
      },
    },
    {
      name: 'fields',
      looks: [{ as: 'light', ...WIDE }],
      at: `/logs/shop-orders-green-1?range=${around}&fields=1&at=${iso(begin + 150_000)}`,
      until: async (page) => {
        await log_is_there(page)
        await bars_are_there(page)
        await page.getByRole('log').getByText('order could not be stored').first().click({ position: { x: 300, y: 8 } })
        await page.getByRole('menu').waitFor()
      },
    },
    {
      name: 'split',
      looks: [{ as: 'dark', ...WIDE, dark: true }],
      at: `/logs/shop-gateway-1?range=${around}&at=${iso(begin + 150_000)}&sync=1&pane=${encodeURIComponent(`>shop-orders-green-1?range=${around}&at=${iso(begin + 150_000)}`)}`,
      until: (page) => Promise.all([0, 1].map((pane) => page.getByRole('log').nth(pane).locator('[data-id]').nth(10).waitFor({ timeout: MINUTE_MS }))),
    },
    {
      name: 'search',
      looks: [{ as: 'light', ...WIDE }],
      at: `/search?filter=${encodeURIComponent('text contains "timed out"')}&range=${around}&in=${shop}`,
      until: (page) => page.getByRole('status').filter({ hasText: /lines/ }).first().waitFor(),
    },
    {
      name: 'patterns',
      looks: [{ as: 'light', ...WIDE }],
      at: `/search?by=pattern&base=before&range=${bad}&in=${shop}`,
      until: (page) => page.locator('.pattern').nth(5).waitFor({ timeout: MINUTE_MS }),
    },
    {
      name: 'alerts',
      looks: [{ as: 'dark', ...WIDE, dark: true }],
      at: '/alerts',
      until: (page) => page.getByText('Errors in the shop').first().waitFor(),
    },
    {
      name: 'container',
      looks: [{ as: 'light', ...WIDE }],
      at: '/container/shop-orders-green-1',
      until: (page) => page.getByText('ran out of memory').first().waitFor(),
    },
  ]
}

/** Two rules, and what fires by them. */
async function make_alerts(server: Server): Promise<void> {
  const rules = [
    { name: 'Out of memory', severity: 'critical', event: 'name == "oom"', cooldown: '5m' },
    { name: 'Errors in the shop', severity: 'warning', containers: 'project == "shop"', log: 'level >= "error"', count: { over: 5, in: '1m' }, cooldown: '10m' },
  ]
  const alerts = new Alerts(server)
  for (const rule of rules) await alerts.ask('POST', '/rules', rule)
  await eventually('both have fired', async () => (await alerts.ask('GET', '/alerts')).alerts.length > 1, PATIENCE_MS, 1000)
}

const wanted = process.argv.slice(2)
const failed: string[] = []
const sweep = makeRunFolder()
const scope = new Scope()
try {
  mkdirSync(FOLDER, { recursive: true })
  const seed = seed_between_incidents(Date.now(), 12 * MINUTE_MS)
  const server = await Server.start({ args: ['--source', `demo:rate=0.5,seed=${seed}`] })
  scope.defer(() => server.stop())
  const tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  // Looked at, everything is sampled once a second.
  const live = await server.live()
  scope.defer(() => live.close())
  live.send({ type: 'subscribe', sub: 1, what: 'stats' })
  const first = await tabs.open(server.url)
  await first.page.getByRole('note').filter({ hasText: 'went wrong' }).waitFor({ timeout: PATIENCE_MS })
  await make_alerts(server)

  for (const { name, looks, at, until } of shots(incident_begin(seed, last_incident(seed, Date.now())))) {
    if (wanted.length && !wanted.includes(name)) continue
    for (const look of looks) {
      const { page } = await tabs.open(`${server.url}${at}`, look)
      await page.emulateMedia({ reducedMotion: 'reduce' })
      try {
        await until(page)
      } catch (error) {
        failed.push(`${name}-${look.as}: ${String(error)}`) // the others are worth having
        continue
      }
      await sleep(3000) // two samples, for the lines of the charts
      const file = path.join(FOLDER, `${name}-${look.as}.png`)
      await page.screenshot({ path: file })
      await page.close()
      execFileSync('pngquant', ['--force', '--skip-if-larger', '--speed', '1', '--ext', '.png', '256', file])
      const { size } = statSync(file)
      console.log(`${path.relative(ROOT, file)}: ${Math.round(size / 1000)} kB`)
      if (size > MOST_BYTES) throw new Error(`${file} has more than ${MOST_BYTES} bytes`)
    }
  }
  if (failed.length) throw new Error(failed.join('\n'))
} finally {
  await scope.close()
  sweep()
}
