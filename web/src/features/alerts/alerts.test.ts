// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Alert, Destination, DestinationType, Told } from '@/lib/api/types'
import { load_alert, load_lists, load_older, load_rules } from './alert_lists'
import { destination_form_of, destination_of, empty_destination, label_of } from './destination_form'
import { fault_of, is_about, refused_of } from './refusal'
import { group_of, lines_of, log_link } from './told'

afterEach(() => vi.unstubAllGlobals())

describe('a refusal', () => {
  it.each([
    [{ detail: "'count.over' must be a whole number from 0 to 1000000000" }, { key: 'count.over', message: 'must be a whole number from 0 to 1000000000' }],
    [{ detail: "'log' unknown name levl, did you mean level? (2:5)", line: 2, column: 5 }, { key: 'log', message: 'unknown name levl, did you mean level?', line: 2, column: 5 }],
    [{ detail: "a rule needs a condition: one of 'log', 'metric' and 'event'" }, { key: '', message: "a rule needs a condition: one of 'log', 'metric' and 'event'" }],
    [{}, { key: '', message: 'Bad Request' }],
  ])('%j says what is wrong where', (problem, refused) => expect(refused_of({ title: 'Bad Request', status: 400, ...problem })).toEqual(refused))
  it('is about a field or what is in it', () => {
    const about = (key: string, field: string) => is_about({ key, message: '' }, field)
    expect([about('by[1]', 'by'), about('by', 'by'), about('labels.a b', 'labels'), about('forever', 'for'), about('escalate.after', 'escalate.destinations')]).toEqual([true, true, true, false, false])
  })
  it('has its place in the text', () => {
    expect(fault_of({ key: 'log', message: 'x', line: 2, column: 3 }, 'a\nbcd')).toEqual({ message: 'x', offset: 4, length: 0 })
    expect(fault_of({ key: 'log', message: 'x' }, '😀b')).toEqual({ message: 'x', offset: 0, length: 2 })
  })
})

const field = (key: string, kind: DestinationType['fields'][number]['kind'], secret = false) => ({ key, kind, secret, required: false, standard: '', range: '', help: '' })
const TYPE: DestinationType = {
  type: 'all',
  title: 'All',
  reference: '',
  takes_headers: true,
  fields: [field('url', 'url'), field('token', 'line', true), field('priority', 'number'), field('silent', 'flag'), field('mode', 'choice'), field('to', 'list'), field('template', 'text'), field('expires', 'length')],
}

describe('a destination and its form', () => {
  const stored = {
    name: 'ops',
    type: 'all',
    url: 'https://example.org/x',
    token: '***',
    priority: -2,
    silent: true,
    mode: 'P1',
    to: ['a@example.org', 'b@example.org'],
    template: ' {"a": 1}\n',
    expires: '4h',
    headers: { Authorization: '***' },
    rate: '30/1m',
    concurrency: 4,
    deadline: '1d',
  }
  it('say the same, and secrets stay where they are', () => expect(destination_of(destination_form_of({ ...stored, id: 1, health: {} } as unknown as Destination, TYPE), TYPE)).toEqual(stored))
  it('leave out what is empty, and what is of another type', () => {
    const form = { ...empty_destination('all'), name: 'x', values: { url: ' https://example.org ', token: ' ', other: 'y' } }
    expect(destination_of(form, TYPE)).toEqual({ name: 'x', type: 'all', url: 'https://example.org' })
  })
  it('keep what is no number for the server to refuse', () => expect(destination_of({ ...empty_destination('all'), values: { priority: '1.5x' } }, TYPE).priority).toBe('1.5x'))
  it('call fields by words', () => expect(['url', 'client_certificate', 'chat_id', 'urls', 'ca', 'api_key'].map((key) => label_of({ key }))).toEqual(['URL', 'Client certificate', 'Chat ID', 'URLs', 'CA', 'API key']))
})

describe('an alert', () => {
  const told = (more: Partial<Told> = {}) => ({ notification: { time: 'T', alert: { group: [], late: false }, container: { id: 'abc', host: 'h', name: 'api' }, ...more } as unknown as Told })
  const fleet = { containers: new Map(), hosts: new Map() }
  it('links to its line in the log', () => {
    const log = { seq: 5, place: '2026-11-21T09:10:05.123456789Z' } as Told['log'] & object
    expect(log_link(told({ log }), fleet)).toEqual({ name: 'logs', params: { address: 'api' }, query: { at: '5@2026-11-21T09:10:05.123456789Z' } })
    expect(log_link(told({ event: { action: 'die', time: 'E', attributes: {} } }), fleet)).toMatchObject({ query: { at: 'E' } })
    expect(log_link({ notification: { ...told().notification, container: undefined } as unknown as Told }, fleet)).toBeNull()
  })
  it('names its group where that is more than its container', () => {
    const group = (group: { by: string; is: string }[]) => group_of(told({ alert: { group, late: false } }) as Alert)
    expect(group([{ by: 'container', is: 'api' }])).toEqual([])
    expect(group([{ by: 'container.name', is: 'api' }, { by: 'fields.tenant', is: 'acme' }, { by: 'level', is: '' }])).toEqual([{ by: 'fields.tenant', is: 'acme' }])
  })
})

/** A server with `all` firing alerts, as the API pages them. */
function serve(all: number): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: URL) => {
    asked.push(url.search)
    const at = (key: string, or: number) => Number(url.searchParams.get(key) ?? or)
    const ids = url.searchParams.get('state') === 'firing' || !url.searchParams.has('state') ? Array.from({ length: all }, (_, i) => all - i).filter((id) => id < at('before', all + 1)) : []
    const page = ids.slice(0, at('limit', 100))
    return Response.json({ alerts: page.map((id) => ({ id })), next: page.length < ids.length ? page.at(-1) : null })
  })
  return asked
}

describe('lists of alerts', () => {
  const signal = new AbortController().signal
  it('go back page by page, and stay as long when they are loaded anew', async () => {
    const asked = serve(250)
    let lists = await load_lists(() => null, null, signal)
    expect(lists.firing).toMatchObject({ next: 151 })
    lists = await load_older(lists, 'firing', null)
    lists = await load_older(lists, 'firing', null)
    expect(lists.firing.next).toBeNull()
    expect(lists.firing.alerts.map(({ id }) => id)).toEqual(Array.from({ length: 250 }, (_, i) => 250 - i))
    lists = await load_lists(() => lists, 3, signal)
    expect(asked.find((each) => each.includes('rule=3') && each.includes('state=firing'))).toContain('limit=250')
    expect(lists.firing.alerts).toHaveLength(250)
  })
  it('keep a page that came while they were loaded anew', async () => {
    serve(250)
    let lists = await load_lists(() => null, null, signal)
    const anew = load_lists(() => lists, null, signal)
    lists = await load_older(lists, 'firing', null)
    expect((await anew).firing.alerts).toHaveLength(200)
  })
  it('keep what is beyond the most that is asked for', async () => {
    serve(1500)
    let lists = await load_lists(() => null, null, signal)
    while (lists.firing.next !== null) lists = await load_older(lists, 'firing', null)
    lists = await load_lists(() => lists, null, signal)
    expect(lists.firing.alerts.map(({ id }) => id)).toEqual(Array.from({ length: 1500 }, (_, i) => 1500 - i))
    expect(lists.firing.next).toBeNull()
  })
  it('have one alert by its number, or none', async () => {
    vi.stubGlobal('fetch', async (url: URL) =>
      url.pathname.endsWith('/alerts/4') ? Response.json({ id: 4, lines: [] }) : Response.json({ title: 'Not Found', status: url.pathname.endsWith('/alerts/12') ? 404 : 500 }, { status: url.pathname.endsWith('/alerts/12') ? 404 : 500 }),
    )
    expect(await load_alert(4, signal)).toMatchObject({ id: 4 })
    expect(await load_alert(12, signal)).toBeNull()
    await expect(load_alert(13, signal)).rejects.toThrow('Not Found')
  })
})

describe('the lines of an alert', () => {
  const line = (seq: number, match = false) => ({ seq, match, text: `line ${seq}` })
  const seqs = (lines: unknown[], told: unknown) => lines_of({ lines, notification: told } as never).map(({ seq, match }) => (match ? `${seq}!` : `${seq}`))
  it('stand in the order of the log, with those that matched later', () =>
    expect(seqs([line(4), line(5, true), line(6), line(7)], { log: line(5), more: [line(7), line(12)] })).toEqual(['4', '5!', '6', '7!', '12!']))
  it('are those of its notification where none around it are kept', () => expect(seqs([], { log: line(5), more: [] })).toEqual(['5!']))
  it('are none of a sample', () => expect(seqs([], { more: [] })).toEqual([]))
})

it('rules are loaded to the last, however many pages they have', async () => {
  vi.stubGlobal('fetch', async (url: URL) => {
    const after = Number(url.searchParams.get('after') ?? 0)
    return Response.json({ rules: [{ id: after + 1 }, { id: after + 2 }], next: after < 4 ? after + 2 : null })
  })
  expect((await load_rules()).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6])
})
