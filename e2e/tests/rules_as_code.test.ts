import { renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

import { Alerts } from '../fixtures/alerts.ts'
import { newFolder } from '../fixtures/folder.ts'
import { Receiver } from '../fixtures/receiver.ts'
import { Server, runTaffrail } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

/** Writes a file at once, as editors and deployments do. */
function put(folder: string, name: string, text: string): void {
  writeFileSync(path.join(folder, `.${name}`), text)
  renameSync(path.join(folder, `.${name}`), path.join(folder, name))
}

test('Rules in files are in force as they stand, and follow their files', async () => {
  const folder = newFolder('rules')
  const receiver = await Receiver.start()
  put(folder, 'shop.yaml', `destinations:\n  - name: hook\n    type: webhook\n    url: ${receiver.url}\nrules:\n  - name: errors\n    containers: project == "shop"\n    log: level == "error"\n    destinations: [hook]\n`)
  const server = await Server.start({ args: ['--source', 'demo', '--rules', folder] })
  const alerts = new Alerts(server)
  const rules = async () => (await alerts.ask('GET', '/rules')).rules
  const first = await eventually('the rule', async () => (await rules())[0])
  expect(first).toMatchObject({ name: 'errors', origin: 'shop.yaml', version: 1, destinations: [1] })
  await receiver.until(1)
  expect(receiver.accepted[0]!.json()).toMatchObject({ rule: { name: 'errors' }, log: { level: 'error' } })
  // They are changed in their files alone.
  const refused = await server.get(`/api/v1/rules/${first.id}`, { method: 'PATCH', body: '{"enabled":false}' })
  expect([refused.status, refused.json().detail]).toEqual([409, expect.stringContaining('shop.yaml')])

  put(folder, 'shop.yaml', `destinations:\n  - name: hook\n    type: webhook\n    url: ${receiver.url}\nrules:\n  - name: errors\n    containers: project == "shop"\n    log: level == "error"\n    severity: critical\n    destinations: [hook]\n  - name: second\n    log: level == "fatal"\n`)
  await eventually('the second rule', async () => (await rules()).length === 2)
  expect((await rules())[0]).toMatchObject({ id: first.id, version: 2, severity: 'critical' })

  // All of a file or nothing: with a fault in one rule what was in force stays.
  put(folder, 'shop.yaml', `rules:\n  - name: third\n    log: level == "warn"\n  - name: broken\n    log: mesage == 1\n`)
  const said = await server.reload().then(() => eventually('word of the fault', () => /shop\.yaml:5: .*\n/.exec(server.output)?.[0]))
  expect(said).toContain('message')
  expect((await rules()).map((rule: any) => rule.name)).toEqual(['errors', 'second'])

  rmSync(path.join(folder, 'shop.yaml'))
  await eventually('they are gone', async () => (await rules()).length === 0)
  expect((await alerts.ask('GET', '/destinations')).destinations).toEqual([])
  await server.stop()
  await receiver.stop()
})

test('10: rules of the reference are imported, and one that cannot be loses none of the others', async () => {
  const folder = newFolder('dozzle')
  const file = path.join(folder, 'notifications.yml')
  const text = `subscriptions:
    - id: 1
      name: errors
      enabled: true
      dispatcherId: 1
      logExpression: level == "error"
      containerExpression: name contains "api"
    - id: 2
      name: broken
      enabled: true
      dispatcherId: 1
      logExpression: mesage ==
      containerExpression: "true"
    - id: 3
      name: busy
      enabled: true
      dispatcherId: 1
      logExpression: ""
      containerExpression: "true"
      metricExpression: cpu > 90
      cooldown: 300
      sampleWindow: 15
dispatchers:
    - id: 1
      name: hook
      type: webhook
      url: http://127.0.0.1:9/hook
      template: '{"text": "{{ .Container.Name }}: {{ .Detail }}"}'
`
  writeFileSync(file, text)
  const out = path.join(newFolder('out'), 'rules')
  const imported = await runTaffrail(['import', 'dozzle', folder, '--out', out])
  expect(imported.output).toContain('broken')
  const server = await Server.start({ args: ['--source', 'demo', '--rules', out] })
  const alerts = new Alerts(server)
  const rules = await eventually('the rules', async () => {
    const all = (await alerts.ask('GET', '/rules')).rules
    return all.length > 0 ? all : undefined
  })
  expect(rules.map((rule: any) => rule.name)).toEqual(['errors', 'busy'])
  expect(rules.every((rule: any) => rule.error === null && rule.destinations.length === 1)).toBe(true)
  expect((await alerts.ask('GET', '/destinations')).destinations[0]).toMatchObject({ name: 'hook', type: 'webhook' })
  await server.stop()
})

test('A preview says what a rule would have said, and sends nothing', async () => {
  // Without history, which at a first start sees only what it has stored so far; `alerts_history` has it.
  const server = await Server.start({ args: ['--source', 'demo', '--history', 'off'] })
  const alerts = new Alerts(server)
  await eventually('the demo', async () => (await server.containers()).length > 5)
  const preview = await alerts.ask('POST', '/rules/preview', { log: 'level == "error"', since: '1h', cooldown: '5m' }, 200)
  expect(preview.matches).toBeGreaterThan(preview.notifications)
  expect(preview.notifications).toBeGreaterThan(0)
  expect(preview.first[0]).toMatchObject({ kind: 'fired', count: 1 })
  const counted = await alerts.ask('POST', '/rules/preview', { log: 'level == "error"', since: '1h', count: { over: 1_000_000, in: '5m' } }, 200)
  expect(counted).toMatchObject({ notifications: 0 })
  expect(counted.matches).toBeGreaterThanOrEqual(preview.matches - 50)
  await eventually('samples', async () => (await alerts.ask('POST', '/rules/preview', { metric: 'memory >= 0' }, 200)).samples > 0)
  expect(await alerts.notifications()).toEqual([])
  expect((await alerts.ask('GET', '/rules')).rules).toEqual([])
  await server.stop()
})

test('Rules that were made by hand are written as files that give the same rules', async () => {
  const server = await Server.start({ args: ['--source', 'demo'] })
  const alerts = new Alerts(server)
  const hook = await eventually('the server', () => alerts.webhook('http://127.0.0.1:9/a', { name: 'ops', secret: 'sesame' }))
  const boss = await alerts.webhook('http://127.0.0.1:9/b', { name: 'the boss' })
  const made = [
    { name: 'errors: all', log: 'level == "error"', count: { over: 2, in: '5m' }, labels: { tier: '1' }, destinations: [hook] },
    { name: 'true', metric: 'memory > 90', for: '1m', share: 0.8, severity: 'critical', escalate: { after: '15m', destinations: [boss] } },
    { name: '#3', event: 'name == "oom"', message: '{{ container.name }}\nis out of memory', schedule: { days: ['mon'], from: '08:00', zone: 'Europe/Paris' } },
  ]
  for (const rule of made) await alerts.rule(rule)
  const own = (rule: any) => {
    const { id: _, version, origin, created, changed, matches, last_match, watched_containers, error, failures, costs, throttled, ...keys } = rule
    void [version, origin, created, changed, matches, last_match, watched_containers, error, failures, costs, throttled]
    return keys
  }
  const names = async (of: Alerts) => new Map<number, string>((await of.ask('GET', '/destinations')).destinations.map((one: any) => [one.id, one.name]))
  const all = async (of: Alerts) => {
    const called = await names(of)
    return (await of.ask('GET', '/rules')).rules.map(own).map((rule: any) => ({
      ...rule,
      ...(rule.destinations && { destinations: rule.destinations.map((id: number) => called.get(id)) }),
      ...(rule.escalate && { escalate: { ...rule.escalate, destinations: rule.escalate.destinations.map((id: number) => called.get(id)) } }),
    }))
  }
  const wanted = await all(alerts)
  // Pages, as other lists have them.
  const first = await alerts.ask('GET', '/rules?limit=2')
  expect([first.rules.length, first.next]).toEqual([2, first.rules[1].id])
  const second = await alerts.ask('GET', `/rules?limit=2&after=${first.next}`)
  expect([second.rules.map((rule: any) => rule.name), second.next]).toEqual([['#3'], null])
  expect((await alerts.ask('GET', '/rules')).next).toBeNull()

  const folder = newFolder('exported')
  const ran = await runTaffrail(['rules', 'export', server.data, '--out', folder])
  expect(ran).toMatchObject({ code: 0, output: expect.stringContaining('SECRET_OPS_SECRET') })
  expect(ran.output).not.toContain('sesame')
  await server.stop()
  expect(await runTaffrail(['rules', 'check', folder])).toMatchObject({ code: 0 })
  const again = await Server.start({ args: ['--source', 'demo', '--rules', folder], env: { SECRET_OPS_SECRET: 'sesame' } })
  const read = new Alerts(again)
  await eventually('the rules', async () => (await read.ask('GET', '/rules')).rules.length === made.length)
  const byName = (rules: any[]) => rules.toSorted((a, b) => a.name.localeCompare(b.name))
  expect(byName(await all(read))).toEqual(byName(wanted))
  await again.stop()
})
