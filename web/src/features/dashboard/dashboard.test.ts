import { describe, expect, it } from 'vitest'
import type { Container, History, Host } from '@/lib/api/types'
import { StatSeries } from '@/features/containers/stats'
import { STAT_WIDTH } from '@/lib/live/stat_columns'
import { incident_of, is_stored } from './incident'
import { spark_path, spark_top } from './sparkline'
import { table_rows, type TableQuery } from './table'

const container = (name: string, more: Partial<Container> = {}) =>
  ({ id: name, name, host: 'h', image: 'img', state: 'running', health: 'none', exit_code: null, oom_killed: false, restarts: null, started: null, service: null, project: null, group: null, labels: {}, ...more }) as Container
const hosts = new Map([['h', { id: 'h', name: 'prod' } as Host]])
const query = (more: Partial<TableQuery> = {}): TableQuery => ({ filter: '', show: 'all', sort: 'name', descending: false, group: { by: 'none' }, closed: new Set(), first: new Set(), rates: null, ...more })
const BY_PROJECT = { by: 'project' } as const
const series = (cpu: number) => {
  const one = new StatSeries()
  const packed = new Float64Array(STAT_WIDTH).fill(NaN)
  packed[0] = 1000
  packed[1] = cpu
  one.push(packed, 0)
  return one
}
const names = (rows: ReturnType<typeof table_rows>) => rows.map((row) => (row.kind === 'container' ? row.container.name : `[${row.name ?? (row.of === 'trouble' ? '!' : '–')}]`))
const all = [
  container('web-10', { project: 'shop' }),
  container('web-2', { project: 'shop', state: 'exited', exit_code: 1 }),
  container('db', { project: 'infra', image: 'postgres' }),
  container('lone', { restarts: 4 }),
]

describe("the demo's incident", () => {
  const demo = new Map([['h', { id: 'h', kind: 'demo' } as Host]])
  const created = '2026-11-21T12:00:00Z'
  const ms = Date.parse(created)
  const deployed = container('shop-orders-green-1', { project: 'shop', service: 'orders-green', created })
  it('is found by what was deployed, with the time around it', () => {
    const found = incident_of([...all, deployed], demo, ms + 3_600_000)
    expect(found).toMatchObject({ project: 'shop', ms, range: { last: null, since: ms - 240_000, until: ms + 420_000 } })
  })
  it('goes on to now while it is under way', () => expect(incident_of([deployed], demo, ms + 60_000)?.range.until).toBeNull())
  it('is that of the container which is there, and of the demo alone', () => {
    expect(incident_of([{ ...deployed, state: 'removed' }], demo, ms)).toBeNull()
    expect(incident_of([deployed], hosts, ms)).toBeNull()
    expect(incident_of(all, demo, ms)).toBeNull()
  })
})

describe("whether the demo's incident is stored", () => {
  const api = container('api', { project: 'shop' })
  const found = { container: api, project: 'shop', ms: 0, range: { last: null, since: -240_000, until: 420_000 } }
  const kept = (until: string | null) => ({ containers: [{ container: 'api', until }] }) as History
  it('is so when all that run in its project have got so far', () => {
    expect(is_stored(found, [api], kept('1970-01-01T00:06:30Z'))).toBe(true)
    expect(is_stored(found, [api], kept('1970-01-01T00:05:00Z'))).toBe(false)
    expect(is_stored(found, [api, container('web', { project: 'shop' })], kept('1970-01-01T00:06:30Z'))).toBe(false)
  })
  it('does not wait for what stands still, or is of another project', () =>
    expect(is_stored(found, [api, container('old', { project: 'shop', state: 'exited' }), container('cron', { project: 'ops' })], kept('1970-01-01T00:06:30Z'))).toBe(true))
  it('waits for what nothing is known of', () => expect(is_stored(found, [api], kept(null))).toBe(false))
})

describe('the table', () => {
  it('sorts names with numbers in their order', () =>
    expect(names(table_rows(all, hosts, () => undefined, query()))).toEqual(['db', 'lone', 'web-2', 'web-10']))
  it('puts what has no figure last in both directions', () => {
    const cpu = new Map([['db', series(0.5)], ['lone', series(0)], ['web-2', series(9)]])
    const sorted = (descending: boolean) => names(table_rows(all, hosts, (id) => cpu.get(id), query({ sort: 'cpu', descending })))
    expect(sorted(true)).toEqual(['db', 'lone', 'web-2', 'web-10'])
    expect(sorted(false)).toEqual(['lone', 'db', 'web-2', 'web-10'])
  })
  it('sorts by errors within a minute', () => {
    const rates = { by_id: new Map([['db', { lines: 9, errors: 1 }], ['web-10', { lines: 5, errors: 3 }]]), whole: true }
    expect(names(table_rows(all, hosts, () => undefined, query({ sort: 'errors', descending: true, rates })))).toEqual(['web-10', 'db', 'lone', 'web-2'])
  })
  it('filters by words over name, image, project, host and state', () => {
    expect(names(table_rows(all, hosts, () => undefined, query({ filter: 'shop exited' })))).toEqual(['web-2'])
    expect(names(table_rows(all, hosts, () => undefined, query({ filter: 'POSTGRES prod' })))).toEqual(['db'])
  })
  it('shows what runs, what is stopped, and what needs a look', () => {
    const shown = (show: TableQuery['show']) => names(table_rows(all, hosts, () => undefined, query({ show })))
    expect(shown('running')).toEqual(['db', 'lone', 'web-10'])
    expect(shown('stopped')).toEqual(['web-2'])
    expect(shown('troubled')).toEqual(['web-2'])
  })
  it('folds what is gone at its end, opens that for a filter, and shows it alone', () => {
    const with_gone = [...all, container('api-old', { state: 'removed', project: 'shop', exit_code: 1 }), container('job', { state: 'removed' })]
    const shown = (more: Partial<TableQuery>) => names(table_rows(with_gone, hosts, () => undefined, query(more)))
    expect(shown({})).toEqual(['db', 'lone', 'web-2', 'web-10', '[–]'])
    expect(shown({ closed: new Set(['g:removed']) })).toEqual(['db', 'lone', 'web-2', 'web-10', '[–]', 'api-old', 'job'])
    expect(shown({ group: BY_PROJECT, filter: 'shop' })).toEqual(['[shop]', 'web-2', 'web-10', '[–]', 'api-old'])
    expect(shown({ show: 'removed' })).toEqual(['api-old', 'job'])
    expect(shown({ show: 'stopped' })).toEqual(['web-2'])
    expect(shown({ show: 'troubled' })).toEqual(['web-2'])
  })
  it('gathers by project, those without one last, and closes groups', () => {
    const grouped = (closed: string[]) => names(table_rows(all, hosts, () => undefined, query({ group: BY_PROJECT, closed: new Set(closed) })))
    expect(grouped([])).toEqual(['[infra]', 'db', '[shop]', 'web-2', 'web-10', '[–]', 'lone'])
    expect(grouped(['g:h/shop'])).toEqual(['[infra]', 'db', '[shop]', '[–]', 'lone'])
  })
  it('gathers by host or by the value of a label, too', () => {
    const labelled = [...all, container('a', { host: 'k', labels: { team: 'red' } }), container('b', { labels: { team: 'blue' } })]
    const two = new Map([...hosts, ['k', { id: 'k', name: 'nas' } as Host]])
    const grouped = (group: TableQuery['group']) => names(table_rows(labelled, two, () => undefined, query({ group })))
    expect(grouped({ by: 'host' })).toEqual(['[nas]', 'a', '[prod]', 'b', 'db', 'lone', 'web-2', 'web-10'])
    expect(grouped({ by: 'label', label: 'team' })).toEqual(['[blue]', 'b', '[red]', 'a', '[–]', 'db', 'lone', 'web-2', 'web-10'])
    expect(grouped({ by: 'label', label: 'nobody has it' })).toEqual(['a', 'b', 'db', 'lone', 'web-2', 'web-10'])
  })
  it('puts what needs a look before all groups, once, and only in the whole', () => {
    const first = new Set(['web-2', 'lone'])
    const shown = (more: Partial<TableQuery>) => names(table_rows(all, hosts, () => undefined, query({ first, group: BY_PROJECT, ...more })))
    expect(shown({})).toEqual(['[!]', 'lone', 'web-2', '[infra]', 'db', '[shop]', 'web-10'])
    expect(shown({ closed: new Set(['g:trouble']) })).toEqual(['[!]', '[infra]', 'db', '[shop]', 'web-10'])
    expect(shown({ filter: 'web-1' })).toEqual(['[shop]', 'web-10'])
    expect(shown({ show: 'stopped' })).toEqual(['[shop]', 'web-2'])
  })
  it('sorts groups by what their containers have together, and what has no figure last', () => {
    const cpu = new Map([['db', series(0.5)], ['web-2', series(9)], ['web-10', series(0.7)]])
    const grouped = (descending: boolean) => names(table_rows(all, hosts, (id) => cpu.get(id), query({ group: BY_PROJECT, sort: 'cpu', descending }))).filter((name) => name.startsWith('['))
    expect(grouped(true)).toEqual(['[shop]', '[infra]', '[–]'])
    expect(grouped(false)).toEqual(['[infra]', '[shop]', '[–]'])
    expect(names(table_rows(all, hosts, () => undefined, query({ group: BY_PROJECT, descending: true }))).filter((name) => name.startsWith('['))).toEqual(['[shop]', '[infra]', '[–]'])
  })
  it('takes figures that read the same for the same', () => {
    const cpu = new Map([['web-2', series(0.0049)], ['web-10', series(0.0051)], ['db', series(0.012)], ['lone', series(0.0001)]])
    const running = all.map((each) => ({ ...each, state: 'running' as const }))
    expect(names(table_rows(running, hosts, (id) => cpu.get(id), query({ sort: 'cpu', descending: true })))).toEqual(['db', 'web-10', 'lone', 'web-2'])
  })
  it('has no groups when there are no projects', () =>
    expect(names(table_rows([container('b'), container('a')], hosts, () => undefined, query({ group: BY_PROJECT })))).toEqual(['a', 'b']))
})

describe('a sparkline', () => {
  it('is right-aligned and breaks where a figure is missing', () => {
    expect(spark_path([0, 10, NaN, 5], 5, 10, 40, 11.5)).toBe('M10.0 10.8L20.0 0.8M40.0 5.8')
  })
  it('shows only the newest points', () => expect(spark_path([9, 9, 0, 0], 2, 10, 10, 11.5)).toBe('M0.0 10.8L10.0 10.8'))
  it('of nothing is empty', () => expect(spark_path([], 60, 1, 10, 10)).toBe(''))
  it('does not blow up noise near zero', () => expect(spark_top([0.001, NaN, 0.002], 60, 0.05)).toBe(0.05))
})
