import { cpSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Alerts } from '../fixtures/alerts.ts'
import { DockerEngine } from '../fixtures/docker.ts'
import { Receiver } from '../fixtures/receiver.ts'
import { Scope } from '../fixtures/scope.ts'
import { speaker, watching } from '../fixtures/speaker.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually, sleep } from '../fixtures/wait.ts'

// What alerts know of the time before: through history, which they do not know.

const scope = new Scope()
afterAll(() => scope.close())

let engine: DockerEngine
beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
})
async function serve(data?: string): Promise<{ server: Server; alerts: Alerts }> {
  const server = await Server.start({ docker: [engine.url], ...(data && { data }) })
  return { server, alerts: new Alerts(server) }
}
const stored = (server: Server, lines: number) => eventually(`${lines} stored lines`, async () => (await server.get('/api/v1/history')).json().lines >= lines, 60_000, 200)

test('A rule is tried on all that is stored, also of containers that are gone, and says what it said when it was in force', { timeout: 180_000 }, async () => {
  const { server, alerts } = await serve()
  const lines = 6000
  // Each hundredth line is refused; each thousandth begins a trace, of which the head and a line further down match.
  const script = `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); if [ $((i % 1000)) = 0 ]; then printf 'ERROR refused by shard %s\\n\\tat refused.Here(1)\\n\\tat Elsewhere(2)\\n' $((i % 7)); elif [ $((i % 100)) = 0 ]; then echo "order $i refused by shard $((i % 7))"; else echo "order $i is packed"; fi; done; sleep 100000`
  const id = await engine.runHeld(script, { name: 'gone' })
  const keys = { containers: 'name == "gone"', log: 'message contains "refused"', by: ['container.name', 'message[len(message) - 1:]'], cooldown: '0s' }
  const rule = await alerts.rule({ name: 'in force', ...keys })
  await watching(alerts, rule)
  await engine.release(id)
  const all = lines + 2 * (lines / 1000)
  await eventually('all lines', async () => (await server.metricSum('taffrail_alert_lines_total')) >= all, 60_000, 200)
  await stored(server, all)
  const is = await eventually('its matches', async () => {
    const now = await alerts.ask('GET', `/rules/${rule}`)
    return now.matches >= lines / 100 ? now : undefined
  })
  const said = (await alerts.notifications(`&rule=${rule}`)).length
  await engine.docker('rm', '-f', id)
  await eventually('it is gone', async () => (await server.containers()).every(({ name, state }: { name: string; state: string }) => name !== 'gone' || state === 'removed'))
  const preview = await alerts.ask('POST', '/rules/preview', { ...keys, since: '1h' }, 200)
  expect(preview).toMatchObject({ containers: 1, lines: all, matches: lines / 100, truncated: false, notifications: said, failures: { count: 0 } })
  expect(preview.matches).toBe(is.matches)
  expect(Date.parse(preview.from)).toBeGreaterThan(Date.now() - 600_000)
  expect(preview.groups.reduce((sum: number, { matches }: { matches: number }) => sum + matches, 0)).toBe(lines / 100)
  // What resolves is found, too.
  const resolved = await alerts.ask('POST', '/rules/preview', { ...keys, by: [], log: 'message endsWith "refused by shard 3" // and no other', resolve: 'message contains "order 5900 refused"', since: '1h' }, 200)
  expect(resolved.first.at(-1)).toMatchObject({ kind: 'resolved' })
  // A span that has nothing.
  expect(await alerts.ask('POST', '/rules/preview', { ...keys, containers: 'name == "never was"', since: '30d' }, 200)).toMatchObject({ containers: 0, lines: 0, from: null, matches: 0, notifications: 0 })
  await server.stop()
})

test('A rule on events and one on samples are tried on what is stored, also of a container that is gone', { timeout: 180_000 }, async () => {
  const { server, alerts } = await serve()
  const id = await engine.run(['sh', '-c', 'echo on; sleep 25; exit 3'], { name: 'lapsed' })
  await eventually('it has ended', async () => (await server.containers()).some(({ name, state }: { name: string; state: string }) => name === 'lapsed' && state === 'exited'), 60_000, 500)
  await engine.docker('rm', '-f', id)
  const keys = { containers: 'name == "lapsed"', since: '1h' }
  const events = await eventually('its end among the events', async () => {
    const tried = await alerts.ask('POST', '/rules/preview', { ...keys, event: 'name == "die" and attributes.exitCode == "3"', message: 'left with {{ event.attributes.exitCode }}' }, 200)
    return tried.matches > 0 ? tried : undefined
  })
  expect(events).toMatchObject({ containers: 1, lines: 0, samples: 0, matches: 1, notifications: 1, truncated: false, groups: [{ matches: 1 }] })
  expect(events.first[0]).toMatchObject({ kind: 'fired', container_name: 'lapsed', detail: 'container event: die (exit code 3)', message: 'left with 3' })
  // The sampler keeps nothing of it any more.
  const samples = await eventually('its samples', async () => {
    const tried = await alerts.ask('POST', '/rules/preview', { ...keys, metric: 'pids > 0' }, 200)
    return tried.samples > 0 ? tried : undefined
  }, 60_000, 500)
  expect(samples).toMatchObject({ containers: 1, events: 0, matches: samples.samples })
  expect(samples.notifications).toBeGreaterThan(0)
  await server.stop()
})

test('A new rule with spike knows what was usual before it', { timeout: 180_000 }, async () => {
  const { server, alerts } = await serve()
  const script = 'while true; do for k in 1 2 3 4 5; do echo "boom usual"; done; sleep 1; done & mkfifo /tmp/in; while true; do cat /tmp/in; done'
  const id = await engine.run(['sh', '-c', script], { name: 'usual' })
  await stored(server, 200)
  const rule = await alerts.rule({ containers: 'name == "usual"', log: 'message contains "boom"', spike: { factor: 3, in: '10s', min: 10 } })
  await watching(alerts, rule)
  const say = (count: number) => engine.docker('exec', id, 'sh', '-c', `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo "boom at once"; done > /tmp/in`)
  // Some 50 are usual in ten seconds: so many more are no spike, and ten times as many are one, though the rule is seconds old.
  await say(40)
  await sleep(1500)
  expect(await alerts.alerts(`&rule=${rule}`)).toEqual([])
  await say(500)
  const [alert] = await eventually('the alert', async () => {
    const found = await alerts.alerts(`&rule=${rule}`)
    return found.length ? found : undefined
  })
  expect(Date.parse(alert.started) - Date.parse((await alerts.ask('GET', `/rules/${rule}`)).created)).toBeLessThan(10_000)
  await engine.docker('rm', '-f', id)
  await server.stop()
})

test('What alerts have missed is read from history where the engine does not have it any more', { timeout: 180_000 }, async () => {
  const receiver = await Receiver.start()
  const first = await serve()
  const { id, name, say } = await speaker(engine)
  const destination = await first.alerts.webhook(receiver.url)
  const rule = await first.alerts.rule({ containers: `name == "${name}"`, log: 'message contains "boom"', destinations: [destination] })
  await watching(first.alerts, rule)
  await say('boom 1')
  await receiver.until(1)
  await first.server.stop()
  // A backup of the alerts alone, which somebody goes back to.
  const data = first.server.data
  const backup = path.join(data, 'alerts.backup')
  cpSync(path.join(data, 'alerts.db'), backup)
  const second = await serve(data)
  await say('boom 2', 'all is well', 'boom 3')
  await receiver.until(3)
  await stored(second.server, 4)
  await second.server.stop()
  for (const suffix of ['-wal', '-shm']) rmSync(path.join(data, `alerts.db${suffix}`), { force: true })
  cpSync(backup, path.join(data, 'alerts.db'))
  const log = JSON.parse(await engine.docker('inspect', id))[0].LogPath
  expect(readFileSync(log, 'utf8')).toContain('boom 2')
  truncateSync(log)
  const third = await serve(data)
  await receiver.until(5)
  expect(receiver.accepted.slice(3).map(({ json }) => [json().detail, json().alert.late])).toEqual([
    ['boom 2', true],
    ['boom 3', true],
  ])
  await third.server.stop()
  await receiver.stop()
})
