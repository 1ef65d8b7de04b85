import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Alerts } from '../fixtures/alerts.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'

// Every field of every route of alerts with values of wrong types, sizes and encodings: a clear refusal each, or it is taken as it stands.

const scope = new Scope()
afterAll(() => scope.close())

let server: Server
let alerts: Alerts
beforeAll(async () => {
  server = await Server.start({ args: ['--source', 'demo'] })
  scope.defer(() => server.stop())
  alerts = new Alerts(server)
  await alerts.ask('GET', '/rules')
})

type Kind = 'text' | 'number' | 'flag' | 'list' | 'object'
const kindOf = (json: string): Kind | 'null' => {
  if (json === 'null') return 'null'
  if (json.startsWith('"')) return 'text'
  if (json.startsWith('[')) return 'list'
  if (json.startsWith('{')) return 'object'
  return json === 'true' || json === 'false' ? 'flag' : 'number'
}
/** As they stand in a body, for some of them no other program would write. */
const hostile = [
  ...['null', 'true', '0', '-1', '1.5', '1e308', '99999999999999999999999999', '[]', '[[]]', '[null]', '["a\\u0000b"]', '{}', '{"a":{"b":[]}}', '{"__proto__":1}'],
  ...['""', '" "', '"a\\u0000b"', '"a\\r\\nX-Injected: b"', '"\\ud800"', '"\\u202e\\u2066"', '"{{ . }}"', '"{{"', '"))("', '"-1s"', '"999999999999h"', '"1e9/1s"', '"file:///etc/passwd"', '"http://169.254.169.254/"', '"gopher://localhost:1/"', '"${HOME}"'],
  ...[`"${'x'.repeat(300_000)}"`, `"${'('.repeat(5000)}"`, `[${Array.from({ length: 5000 }, (_, n) => n).join()}]`, '['.repeat(400) + ']'.repeat(400), '{"a":'.repeat(400) + '1' + '}'.repeat(400)],
]

async function send(method: string, path: string, body: string | Buffer) {
  return server.get(`/api/v1${path}`, { method, body, headers: { 'content-type': 'application/json' }, milliseconds: 60_000 })
}
function isClear(answer: { status: number; text: string; headers: Record<string, unknown>; json: () => any }, what: string): void {
  expect(answer.status, `${what}: ${answer.text.slice(0, 300)}`).toBeGreaterThanOrEqual(400)
  expect(answer.status, `${what}: ${answer.text.slice(0, 300)}`).toBeLessThan(500)
  expect(String(answer.headers['content-type']), what).toMatch(/^application\/problem\+json/)
  const { detail } = answer.json()
  expect(detail, what).toMatch(/.{5}/)
  // What was sent does not come back by the yard.
  expect(detail.length, what).toBeLessThanOrEqual(2000)
}
/** Members of an object as text, one of them replaced. */
function withMember(object: Record<string, unknown>, key: string, json: string): string {
  const members = Object.entries(object).filter(([name]) => name !== key).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return `{${[...members, `${JSON.stringify(key)}:${json}`].join()}}`
}
/** Asks with each hostile value for a key. One of another kind than its own is refused by a text that names the key. */
async function attack(method: string, path: string, object: Record<string, unknown>, key: string, kinds: Kind[], undo: (made: any) => Promise<unknown>): Promise<void> {
  for (const json of hostile) {
    const what = `${method} ${path} ${key}: ${json.slice(0, 60)}`
    const answer = await send(method, path, withMember(object, key, json))
    if (answer.status < 300) {
      expect(kinds.length === 0 || kindOf(json) === 'null' || kinds.includes(kindOf(json) as Kind), `${what} is taken`).toBe(true)
      await undo(answer.text ? answer.json() : undefined)
    } else {
      isClear(answer, what)
      const wrong = kindOf(json) !== 'null' && !kinds.includes(kindOf(json) as Kind)
      const { detail } = answer.json()
      // What is no JSON, or is beyond what is read of it, is refused as a whole.
      if (wrong) expect(detail.includes(key) || detail.includes('JSON'), `${what}: ${detail}`).toBe(true)
    }
  }
}
const forget = (path: string) => async (made: any) => {
  if (made?.id) expect((await server.get(`/api/v1${path}/${made.id}`, { method: 'DELETE' })).status).toBe(204)
}

describe('A rule', () => {
  const base: Record<string, unknown> = { name: 'a rule', log: 'true' }
  const keys: [string, Kind[], object?][] = [
    ['name', ['text']],
    ['enabled', ['flag']],
    ['severity', ['text']],
    ['labels', ['object']],
    ['runbook', ['text']],
    ['message', ['text']],
    ['containers', ['text']],
    ['log', ['text']],
    ['metric', ['text'], { log: undefined, metric: 'cpu > 1' }],
    ['event', ['text'], { log: undefined, event: 'name == "die"' }],
    ['count', ['object']],
    ['absent', ['text', 'object']],
    ['spike', ['object']],
    ['for', ['text'], { log: undefined, metric: 'cpu > 1' }],
    ['share', ['number'], { log: undefined, metric: 'cpu > 1', for: '1m' }],
    ['window', ['object'], { log: undefined, metric: 'cpu > 1' }],
    ['by', ['list']],
    ['cooldown', ['text']],
    ['resolve', ['text']],
    ['schedule', ['object']],
    ['destinations', ['list']],
    ['escalate', ['object']],
  ]
  for (const [key, kinds, more] of keys) {
    test(`takes no ${key} that is none`, { timeout: 120_000 }, async () => {
      const object = JSON.parse(JSON.stringify({ ...base, ...more }))
      await attack('POST', '/rules', object, key, kinds, forget('/rules'))
      const id = await alerts.rule(object)
      await attack('PATCH', `/rules/${id}`, {}, key, kinds, async () => alerts.ask('PUT', `/rules/${id}`, object))
      expect(await alerts.ask('GET', `/rules/${id}`)).toMatchObject(object)
      await alerts.ask('DELETE', `/rules/${id}`, undefined, 204)
    })
  }
  const inner: [string, string, Kind[], object][] = [
    ['count', 'over', ['number'], { in: '5m' }],
    ['count', 'in', ['text'], { over: 1 }],
    ['spike', 'factor', ['number'], { in: '5m' }],
    ['spike', 'in', ['text'], { factor: 2 }],
    ['spike', 'min', ['number'], { in: '5m', factor: 2 }],
    ['absent', 'for', ['text'], {}],
    ['absent', 'always', ['flag'], { for: '5m' }],
    ['schedule', 'days', ['list'], {}],
    ['schedule', 'from', ['text'], { to: '18:00' }],
    ['schedule', 'to', ['text'], { from: '18:00' }],
    ['schedule', 'zone', ['text'], { from: '08:00', to: '18:00' }],
    ['escalate', 'after', ['text'], { destinations: [1] }],
    ['escalate', 'destinations', ['list'], { after: '5m' }],
  ]
  for (const [key, member, kinds, rest] of inner) {
    test(`takes no ${key}.${member} that is none`, { timeout: 120_000 }, async () => {
      for (const json of hostile) {
        const what = `${key}.${member}: ${json.slice(0, 60)}`
        const answer = await send('POST', '/rules', withMember(base, key, withMember(rest as Record<string, unknown>, member, json)))
        if (answer.status < 300) {
          expect(kindOf(json) === 'null' || kinds.includes(kindOf(json) as Kind), `${what} is taken`).toBe(true)
          await forget('/rules')(answer.json())
        } else {
          isClear(answer, what)
        }
      }
    })
  }
  test('is tried with nothing that it would not be kept with', { timeout: 120_000 }, async () => {
    for (const json of hostile) {
      for (const body of [withMember({ name: 'a', log: 'true' }, 'since', json), withMember({ name: 'a', since: '1m' }, 'log', json)]) {
        const answer = await send('POST', '/rules/preview', body)
        if (answer.status >= 300) isClear(answer, body.slice(0, 100))
      }
    }
  })
})

test('A destination of no type takes a key that is none', { timeout: 600_000 }, async () => {
  const { types } = await alerts.ask('GET', '/destination-types').then((answer: any) => ({ types: answer.types ?? answer }))
  expect(types.length).toBeGreaterThan(15)
  const before = (await alerts.ask('GET', '/destinations')).destinations.length
  for (const { type, fields } of types) {
    const object: Record<string, unknown> = { name: 'one', type }
    for (const { key, kind, required } of fields as { key: string; kind: string; required: boolean }[])
      if (required) object[key] = kind === 'url' ? 'http://127.0.0.1:9/' : kind === 'number' ? 1 : kind === 'list' ? ['a@b.example'] : kind === 'flag' ? true : 'a'
    const keys = ['name', 'type', 'rate', 'concurrency', 'deadline', 'headers', 'unheard_of', ...fields.map(({ key }: { key: string }) => key)]
    for (const key of new Set<string>(keys)) {
      for (const json of hostile) {
        const what = `${type}.${key}: ${json.slice(0, 60)}`
        const answer = await send('POST', '/destinations', withMember(object, key, json))
        if (answer.status < 300) {
          // What is a secret does not come back, and what is kept is what was sent.
          await forget('/destinations')(answer.json())
        } else {
          isClear(answer, what)
        }
      }
    }
  }
  expect((await alerts.ask('GET', '/destinations')).destinations).toHaveLength(before)
})

test('A silence, an acknowledgement and a retry take nothing that is none', { timeout: 120_000 }, async () => {
  const until = new Date(Date.now() + 60_000).toISOString()
  await attack('POST', '/silences', { until, comment: '' }, 'filter', ['text'], forget('/silences'))
  await attack('POST', '/silences', { filter: 'true', comment: '' }, 'until', ['text'], forget('/silences'))
  await attack('POST', '/silences', { filter: 'true', until }, 'comment', ['text'], forget('/silences'))
  for (const key of ['author', 'comment'])
    for (const json of hostile) isClear(await send('POST', '/alerts/999999/acknowledge', `{"${key}":${json}}`), `acknowledge ${key} ${json.slice(0, 60)}`)
  expect((await alerts.ask('GET', '/silences')).silences).toEqual([])
})

test('Numbers and words of paths and queries that are none are refused', { timeout: 120_000 }, async () => {
  const words = ['-1', '0', '1.5', 'x', '99999999999999999999', '%00', '%ff%fe', '1%0d%0aX-Injected:%20b', "1'%20OR%201=1--", '..%2f..%2f', 'a'.repeat(3000)]
  const paths: [string, string][] = [
    ...['/rules/ID', '/rules/ID/versions', '/destinations/ID', '/silences/ID', '/alerts/ID', '/notifications/ID/attempts'].map((path): [string, string] => ['GET', path]),
    ...['/rules/ID', '/destinations/ID', '/silences/ID'].map((path): [string, string] => ['DELETE', path]),
    ...['/destinations/ID/test', '/notifications/ID/retry', '/notifications/1/retry?destination=ID'].map((path): [string, string] => ['POST', path]),
    ...['rule', 'alert', 'destination', 'state', 'since', 'before', 'limit'].map((name): [string, string] => ['GET', `/notifications?${name}=ID`]),
    ...['rule', 'state', 'since', 'before', 'limit'].map((name): [string, string] => ['GET', `/alerts?${name}=ID`]),
    ...['after', 'limit'].map((name): [string, string] => ['GET', `/rules?${name}=ID`]),
  ]
  for (const [method, path] of paths) {
    for (const word of words) {
      const answer = await server.get(`/api/v1${path.replace('ID', word)}`, { method })
      const what = `${method} ${path} ${word.slice(0, 40)}`
      expect(answer.status, `${what}: ${answer.text.slice(0, 200)}`).toBeLessThan(500)
      expect(answer.headers['x-injected'], what).toBeUndefined()
      if (answer.status >= 300) isClear(answer, what)
    }
  }
  for (const token of words) expect((await server.get(`/silence/${token}`)).status).toBeLessThan(500)
})

test('Bodies that are no JSON, no object, or no text are refused', { timeout: 120_000 }, async () => {
  const bodies: [string, string | Buffer][] = [
    ['nothing', ''],
    ['half', '{"name":'],
    ['a list', '[]'],
    ['a text', '"rule"'],
    ['what follows', '{"name":"a","log":"true"} {}'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0x6e, 0x61, 0x6d, 0x65, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['UTF-16', Buffer.from('{"name":"a","log":"true"}', 'utf16le')],
    ['depth', '['.repeat(100_000)],
    ['two megabytes', `{"name":"${'a'.repeat(2_000_000)}","log":"true"}`],
  ]
  for (const [what, body] of bodies)
    for (const [method, path] of [['POST', '/rules'], ['PUT', '/rules/1'], ['PATCH', '/rules/1'], ['POST', '/rules/preview'], ['POST', '/destinations'], ['PUT', '/destinations/1'], ['PATCH', '/destinations/1'], ['POST', '/destinations/test'], ['POST', '/silences'], ['POST', '/alerts/1/acknowledge']] as const) isClear(await send(method, path, body), `${method} ${path} with ${what}`)
  expect((await server.get('/healthz')).status).toBe(200)
  expect((await alerts.ask('GET', '/rules')).rules).toEqual([])
})
