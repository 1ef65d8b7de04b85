import type { Container, Host } from '@/lib/api/types'
import { is_removed, is_running, trouble_of } from '@/features/containers/fleet'
import type { StatSeries } from '@/features/containers/stats'
import { compare_names, matches_words } from '@/lib/format/order'
import { rate_of, type Rates } from './rates'

export const SORTS = ['name', 'state', 'image', 'restarts', 'up', 'lines', 'errors', 'cpu', 'memory', 'net', 'block'] as const
export type Sort = (typeof SORTS)[number]
/** What is sorted by a figure begins with the largest. */
export const is_figure = (sort: Sort): boolean => sort !== 'name' && sort !== 'image' && sort !== 'state'
export const SHOWS = ['all', 'running', 'stopped', 'troubled', 'removed'] as const
export type Show = (typeof SHOWS)[number]

export interface TableQuery {
  filter: string
  show: Show
  sort: Sort
  descending: boolean
  group: Grouping
  closed: ReadonlySet<string>
  /** What is known of lines within a minute. */
  rates: Rates | null
  /** The ids of what stands before all groups. */
  first: ReadonlySet<string>
}
/** What containers are gathered by. */
export type Grouping = { by: 'project' | 'host' | 'none' } | { by: 'label'; label: string }

export type TableRow =
  | { kind: 'container'; key: string; container: Container }
  | GroupRow
/** `name`: of the project, the host or the label's value that its containers have; null: they have none. `address` opens their logs together. */
export interface GroupRow {
  kind: 'group'
  key: string
  name: string | null
  host: Host | undefined
  address: string | null
  containers: Container[]
  open: boolean
  /** Those that need a look, and those that are gone, are gathered as such. */
  of: 'group' | 'trouble' | 'removed'
}

const SUMMED: ReadonlySet<Sort> = new Set(['restarts', 'lines', 'errors', 'cpu', 'memory', 'net', 'block'])
const STATE_ORDER = ['restarting', 'dead', 'running', 'paused', 'created', 'exited', 'removed']

/** CPU as its column shows it: what reads the same has no order of its own, and stands by name. */
const as_shown = (cores: number): number => (cores > 0 && cores < 0.005 ? 0.005 : Math.round(cores * 100) / 100)

/** A column's value for sorting; NaN and null come last in either direction. */
function value_of(container: Container, sort: Exclude<Sort, 'name'>, series: StatSeries | undefined, rates: Rates | null): number | string | null {
  switch (sort) {
    case 'image':
      return container.image
    case 'state':
      return (trouble_of(container) ? 0 : 10) + STATE_ORDER.indexOf(container.state)
    case 'restarts':
      return container.restarts
    case 'up':
      return is_running(container) && container.started ? -Date.parse(container.started) : null
    case 'lines':
    case 'errors':
      return rate_of(container, rates)?.[sort] ?? null
    case 'cpu':
      return is_running(container) && series ? as_shown(series.last('cpu')) : null
    case 'memory':
      return is_running(container) && series ? series.last('memory') : null
    case 'net':
      return is_running(container) && series ? series.last('net_rx') + series.last('net_tx') : null
    case 'block':
      return is_running(container) && series ? series.last('block_read') + series.last('block_write') : null
  }
}

function compare_values(a: number | string | null, b: number | string | null, sign: number): number {
  const none = (value: number | string | null) => value === null || Number.isNaN(value)
  if (none(a) || none(b)) return Number(none(a)) - Number(none(b))
  return sign * (typeof a === 'string' && typeof b === 'string' ? compare_names(a, b) : Number(a) - Number(b))
}

/** What a group is sorted by: the sum where its heading has one, else what its first container has. */
function value_of_group(containers: readonly Container[], sort: Sort, values: ReadonlyMap<Container, number | string | null>): number | string | null {
  if (!SUMMED.has(sort)) return values.get(containers[0]!) ?? null
  const known = containers.map((container) => values.get(container)).filter((value): value is number => typeof value === 'number' && !Number.isNaN(value))
  return known.length ? known.reduce((total, value) => total + value, 0) : null
}

/** Whether a container is among those of a choice. Those that are gone are only in their own. */
export function shows(container: Container, show: Show): boolean {
  if (is_removed(container) || show === 'removed') return is_removed(container) && show === 'removed'
  if (show === 'all') return true
  if (show === 'troubled') return trouble_of(container) !== null
  return is_running(container) === (show === 'running')
}

export const REMOVED = 'g:removed'
export const TROUBLE = 'g:trouble'
const NOT_AT_ALL: Grouping = { by: 'none' }

/** The rows of the table: filtered, sorted (ties by name), and gathered where that is wanted; what is to be first stands before all groups, and those that are gone fold at the end. */
export function table_rows(
  containers: Iterable<Container>,
  hosts: ReadonlyMap<string, Host>,
  series_of: (id: string) => StatSeries | undefined,
  query: TableQuery,
): TableRow[] {
  const all = [...containers]
  if (query.show !== 'all') return rows_of(all, hosts, series_of, query)
  const { first } = query
  const rows = rows_of(first.size ? all.filter(({ id }) => !first.has(id)) : all, hosts, series_of, query)
  /** As a group of its own, folded or not. */
  const gathered = (of: 'trouble' | 'removed', key: string, members: readonly TableRow[], open: boolean): TableRow[] =>
    members.length === 0 ? [] : [{ kind: 'group', key, name: null, host: undefined, address: null, containers: members.flatMap((row) => (row.kind === 'container' ? [row.container] : [])), open, of }, ...(open ? members : [])]
  const troubled = first.size ? rows_of(all.filter(({ id }) => first.has(id)), hosts, series_of, { ...query, group: NOT_AT_ALL }) : []
  const gone = rows_of(all, hosts, series_of, { ...query, show: 'removed', group: NOT_AT_ALL })
  return [...gathered('trouble', TROUBLE, troubled, !query.closed.has(TROUBLE)), ...rows, ...gathered('removed', REMOVED, gone, query.filter !== '' || query.closed.has(REMOVED))]
}

/** What a container is gathered under. */
function group_of(container: Container, { group }: TableQuery, hosts: ReadonlyMap<string, Host>): Pick<GroupRow, 'key' | 'name' | 'host' | 'address'> {
  const host = hosts.get(container.host)
  if (group.by === 'host') return { key: `g:@${container.host}`, name: host?.name ?? container.host, host: undefined, address: host ? `host:${host.name}` : null }
  if (group.by === 'label') {
    const name = container.labels[group.label] ?? null
    return { key: `g:=${group.label}=${name ?? ''}`, name, host: undefined, address: null }
  }
  const name = container.project ?? container.group
  return { key: `g:${container.host}/${name ?? ''}`, name, host, address: container.project ? `project:${container.project}` : null }
}

function rows_of(
  containers: Iterable<Container>,
  hosts: ReadonlyMap<string, Host>,
  series_of: (id: string) => StatSeries | undefined,
  query: TableQuery,
): TableRow[] {
  const kept = [...containers].filter(
    (c) => shows(c, query.show) && (query.filter === '' || matches_words(`${c.name} ${c.image} ${c.project ?? ''} ${c.service ?? ''} ${hosts.get(c.host)?.name ?? ''} ${c.state}`, query.filter)),
  )
  const sign = query.descending ? -1 : 1
  // They come sorted by name, which makes this one cheap; sorting by another column then keeps the order of equals.
  const { sort } = query
  kept.sort((a, b) => (sort === 'name' ? sign : 1) * compare_names(a.name, b.name))
  const values = new Map<Container, number | string | null>()
  let sorted = kept
  if (sort !== 'name') {
    const keyed = kept.map((container) => ({ container, value: value_of(container, sort, series_of(container.id), query.rates) }))
    sorted = keyed.sort((a, b) => compare_values(a.value, b.value, sign)).map(({ container }) => container)
    for (const { container, value } of keyed) values.set(container, value)
  }
  const row = (container: Container): TableRow => ({ kind: 'container', key: container.id, container })
  if (query.group.by === 'none') return sorted.map(row)
  const groups = new Map<string, GroupRow>()
  for (const container of sorted) {
    const of = group_of(container, query, hosts)
    const group: GroupRow = groups.get(of.key) ?? { kind: 'group', ...of, containers: [], open: !query.closed.has(of.key), of: 'group' }
    group.containers.push(container)
    groups.set(of.key, group)
  }
  if (groups.size === 1 && [...groups.values()][0]!.name === null) return sorted.map(row)
  const by_names = [...groups.values()].sort(
    (a, b) => compare_names(a.host?.name ?? '', b.host?.name ?? '') || Number(a.name === null) - Number(b.name === null) || (sort === 'name' ? sign : 1) * compare_names(a.name ?? '', b.name ?? ''),
  )
  if (sort !== 'name') {
    const group_values = new Map(by_names.map((group) => [group, value_of_group(group.containers, sort, values)]))
    by_names.sort((a, b) => compare_values(group_values.get(a)!, group_values.get(b)!, sign))
  }
  return by_names.flatMap((group) => [group, ...(group.open ? group.containers.map(row) : [])])
}
