import { readFileSync } from 'node:fs'
import path from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'

import { Alerts } from '../fixtures/alerts.ts'
import { ROOT } from '../fixtures/folder.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

const document = parse(readFileSync(path.join(ROOT, 'docs/openapi.yaml'), 'utf8'))
const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema(document, 'openapi')

let server: Server
let container: string
let token: string

beforeAll(async () => {
  server = await Server.start({ args: ['--source', 'demo', '--public-url', 'http://logs.example.com'] })
  scope.defer(() => server.stop())
  const containers = await eventually('containers', async () => (await server.containers()).length > 3 && server.containers())
  container = containers.find(({ state }) => state === 'running')!.id
  await eventually('ready', async () => (await server.get('/readyz')).status === 200)
  // One of everything that people make.
  const alerts = new Alerts(server)
  const destination = await eventually('a destination', () => alerts.webhook('http://127.0.0.1:9/none'))
  await alerts.rule({ log: 'true', destinations: [destination] })
  await alerts.ask('POST', '/silences', { filter: 'detail contains "nothing"', until: '1h' })
  await alerts.ask('POST', '/views', { name: 'all', containers: 'true' })
  await eventually('a notification', async () => (await alerts.notifications()).length > 0)
  token = (await alerts.alerts())[0].notification.silence_link.split('/').at(-1)
})

const pointer = (...parts: string[]) => `openapi#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
const operations = Object.entries<any>(document.paths ?? {}).flatMap(([route, item]) =>
  Object.keys(item)
    .filter((method) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
    .map((method) => ({ route, method })),
)
const reads = operations.filter(({ route, method }) => method === 'get' && !route.endsWith('/live')).map(({ route }) => route)

/** Follows a reference to the object that stands there and the pointer to it. */
function resolve(at: string[], value: any): { at: string[]; value: any } {
  if (!value?.$ref) return { at, value }
  const parts = String(value.$ref).replace(/^#\//, '').split('/').map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
  return resolve(parts, parts.reduce((node, part) => node[part], document))
}

/** What a body of this type says: one value, or one for each line. */
function read_body(type: string, text: string): unknown[] {
  if (/ndjson|jsonl/.test(type)) return text.split('\n').filter(Boolean).map((line) => JSON.parse(line))
  if (/json/.test(type)) return [JSON.parse(text)]
  return [type === 'application/yaml' ? parse(text) : text]
}

/** Holds an answer against what the description says of its status and kind of content. */
function check(route: string, method: string, answer: { status: number; headers: Record<string, any>; text: string }): void {
  const described = document.paths[route][method].responses
  const key = String(answer.status) in described ? String(answer.status) : `${Math.floor(answer.status / 100)}XX` in described ? `${Math.floor(answer.status / 100)}XX` : 'default'
  expect(described[key], `${method} ${route} answers ${answer.status}, which is not described`).toBeDefined()
  const response = resolve(['paths', route, method, 'responses', key], described[key])
  if (!response.value.content) return
  const type = String(answer.headers['content-type']).split(';', 1)[0]!
  expect(Object.keys(response.value.content), `${method} ${route}`).toContain(type)
  if (!response.value.content[type].schema) return
  const validate = ajv.getSchema(pointer(...response.at, 'content', type, 'schema')) ?? ajv.compile({ $ref: pointer(...response.at, 'content', type, 'schema') })
  const values = read_body(type, answer.text)
  for (const value of values) {
    if (!validate(value)) throw new Error(`${method} ${route}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value).slice(0, 1000)}`)
  }
}

const fill = (route: string) => route.replace(/\{[^}]+\}/g, route.includes('/containers/') ? container : route.includes('/silence/') ? token : '1')

test('the description describes the routes that are promised', () => {
  expect(document.openapi).toMatch(/^3\.1/)
  for (const route of ['/healthz', '/readyz', '/metrics', '/api/v1/info', '/api/v1/containers', '/api/v1/containers/{id}/logs', '/api/v1/logs', '/api/v1/stats', '/api/v1/live']) {
    expect(Object.keys(document.paths)).toContain(route)
  }
})

test.each(reads)('%s answers as it is described', async (route) => {
  const parameters = [...(document.paths[route].parameters ?? []), ...(document.paths[route].get.parameters ?? [])].map((parameter) => resolve([], parameter).value)
  // What a parameter's example says is asked; without one, only what is required is given.
  const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.required).map((parameter) => `${parameter.name}=${encodeURIComponent(String(parameter.example ?? '1m'))}`)
  if (parameters.some(({ name }) => name === 'tail')) query.push('tail=50')
  const answer = await server.get(`${fill(route)}${query.length ? `?${query.join('&')}` : ''}`)
  expect(answer.status, answer.text.slice(0, 500)).toBe(200)
  check(route, 'get', answer)
})

test.each(reads.filter((route) => route.startsWith('/api/')))('%s refuses an unknown parameter, as it is described', async (route) => {
  const answer = await server.get(`${fill(route)}?nonsense=1`)
  expect(answer.status).toBe(400)
  check(route, 'get', answer)
})

test.each(reads.filter((route) => route.includes('{')))('%s has a described answer for what does not exist', async (route) => {
  const answer = await server.get(route.replace(/\{[^}]+\}/g, 'no-such-thing'))
  expect(answer.status).toBe(404)
  check(route, 'get', answer)
})

test.each(reads)('%s knows no method but those described', async (route) => {
  for (const method of ['post', 'put', 'patch', 'delete']) {
    if (operations.some((operation) => operation.route === route && operation.method === method)) continue
    expect((await server.get(fill(route), { method: method.toUpperCase() })).status, method).toBe(405)
  }
})
