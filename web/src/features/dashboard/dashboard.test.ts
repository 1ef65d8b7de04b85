import { describe, expect, it } from 'vitest'
import type { Container, Host } from '@/lib/api/types'
import { StatSeries } from '@/features/containers/stats'
import { STAT_WIDTH } from '@/lib/live/stat_columns'
import { spark_path, spark_top } from './sparkline'
import { table_rows, type TableQuery } from './table'

const container = (name: string, more: Partial<Container> = {}) =>
  ({ id: name, name, host: 'h', image: 'img', state: 'running', health: 'none', exit_code: null, oom_killed: false, restarts: null, started: null, service: null, project: null, group: null, ...more }) as Container
const hosts = new Map([['h', { id: 'h', name: 'prod' } as Host]])
const query = (more: Partial<TableQuery> = {}): TableQuery => ({ filter: '', show: 'all', sort: 'name', descending: false, group: false, closed: new Set(), ...more })
const series = (cpu: number) => {
  const one = new StatSeries()
  const packed = new Float64Array(STAT_WIDTH).fill(NaN)
  packed[0] = 1000
  packed[1] = cpu
  one.push(packed, 0)
  return one
}
const names = (rows: ReturnType<typeof table_rows>) => rows.map((row) => (row.kind === 'container' ? row.container.name : `[${row.project ?? '–'}]`))
const all = [
  container('web-10', { project: 'shop' }),
  container('web-2', { project: 'shop', state: 'exited', exit_code: 1 }),
  container('db', { project: 'infra', image: 'postgres' }),
  container('lone', { restarts: 4 }),
]

describe('the table', () => {
  it('sorts names with numbers in their order', () =>
    expect(names(table_rows(all, hosts, () => undefined, query()))).toEqual(['db', 'lone', 'web-2', 'web-10']))
  it('puts what has no figure last in both directions', () => {
    const cpu = new Map([['db', series(0.5)], ['lone', series(0)], ['web-2', series(9)]])
    const sorted = (descending: boolean) => names(table_rows(all, hosts, (id) => cpu.get(id), query({ sort: 'cpu', descending })))
    expect(sorted(true)).toEqual(['db', 'lone', 'web-2', 'web-10'])
    expect(sorted(false)).toEqual(['lone', 'db', 'web-2', 'web-10'])
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
    expect(shown({ group: true, filter: 'shop' })).toEqual(['[shop]', 'web-2', 'web-10', '[–]', 'api-old'])
    expect(shown({ show: 'removed' })).toEqual(['api-old', 'job'])
    expect(shown({ show: 'stopped' })).toEqual(['web-2'])
    expect(shown({ show: 'troubled' })).toEqual(['web-2'])
  })
  it('gathers by project, those without one last, and closes groups', () => {
    const grouped = (closed: string[]) => names(table_rows(all, hosts, () => undefined, query({ group: true, closed: new Set(closed) })))
    expect(grouped([])).toEqual(['[infra]', 'db', '[shop]', 'web-2', 'web-10', '[–]', 'lone'])
    expect(grouped(['g:h/shop'])).toEqual(['[infra]', 'db', '[shop]', '[–]', 'lone'])
  })
  it('sorts groups by what their containers have together, and what has no figure last', () => {
    const cpu = new Map([['db', series(0.5)], ['web-2', series(9)], ['web-10', series(0.7)]])
    const grouped = (descending: boolean) => names(table_rows(all, hosts, (id) => cpu.get(id), query({ group: true, sort: 'cpu', descending }))).filter((name) => name.startsWith('['))
    expect(grouped(true)).toEqual(['[shop]', '[infra]', '[–]'])
    expect(grouped(false)).toEqual(['[infra]', '[shop]', '[–]'])
    expect(names(table_rows(all, hosts, () => undefined, query({ group: true, descending: true }))).filter((name) => name.startsWith('['))).toEqual(['[shop]', '[infra]', '[–]'])
  })
  it('takes figures that read the same for the same', () => {
    const cpu = new Map([['web-2', series(0.0049)], ['web-10', series(0.0051)], ['db', series(0.012)], ['lone', series(0.0001)]])
    const running = all.map((each) => ({ ...each, state: 'running' as const }))
    expect(names(table_rows(running, hosts, (id) => cpu.get(id), query({ sort: 'cpu', descending: true })))).toEqual(['db', 'web-10', 'lone', 'web-2'])
  })
  it('has no groups when there are no projects', () =>
    expect(names(table_rows([container('b'), container('a')], hosts, () => undefined, query({ group: true })))).toEqual(['a', 'b']))
})

describe('a sparkline', () => {
  it('is right-aligned and breaks where a figure is missing', () => {
    expect(spark_path([0, 10, NaN, 5], 5, 10, 40, 11.5)).toBe('M10.0 10.8L20.0 0.8M40.0 5.8')
  })
  it('shows only the newest points', () => expect(spark_path([9, 9, 0, 0], 2, 10, 10, 11.5)).toBe('M0.0 10.8L10.0 10.8'))
  it('of nothing is empty', () => expect(spark_path([], 60, 1, 10, 10)).toBe(''))
  it('does not blow up noise near zero', () => expect(spark_top([0.001, NaN, 0.002], 60, 0.05)).toBe(0.05))
})
