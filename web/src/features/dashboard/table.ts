import type { Container, Host } from '@/lib/api/types'
import { is_removed, is_running, trouble_of } from '@/features/containers/fleet'
import type { StatSeries } from '@/features/containers/stats'
import { compare_names, matches_words } from '@/lib/format/order'

export const SORTS = ['name', 'state', 'image', 'restarts', 'up', 'cpu', 'memory', 'net', 'block'] as const
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
  group: boolean
  closed: ReadonlySet<string>
}

export type TableRow =
  | { kind: 'container'; key: string; container: Container }
  | { kind: 'group'; key: string; project: string | null; host: Host | undefined; containers: Container[]; open: boolean; removed?: true }

const SUMMED: ReadonlySet<Sort> = new Set(['restarts', 'cpu', 'memory', 'net', 'block'])
const STATE_ORDER = ['restarting', 'dead', 'running', 'paused', 'created', 'exited', 'removed']

/** CPU as its column shows it: what reads the same has no order of its own, and stands by name. */
const as_shown = (cores: number): number => (cores > 0 && cores < 0.005 ? 0.005 : Math.round(cores * 100) / 100)

/** A column's value for sorting; NaN and null come last in either direction. */
function value_of(container: Container, sort: Exclude<Sort, 'name'>, series: StatSeries | undefined): number | string | null {
  switch (sort) {
    case 'image':
      return container.image
    case 'state':
      return (trouble_of(container) ? 0 : 10) + STATE_ORDER.indexOf(container.state)
    case 'restarts':
      return container.restarts
    case 'up':
      return is_running(container) && container.started ? -Date.parse(container.started) : null
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

/** The rows of the table: filtered, sorted (ties by name), and gathered by project where that is wanted; those that are gone fold at its end. */
export function table_rows(
  containers: Iterable<Container>,
  hosts: ReadonlyMap<string, Host>,
  series_of: (id: string) => StatSeries | undefined,
  query: TableQuery,
): TableRow[] {
  const all = [...containers]
  const rows = rows_of(all, hosts, series_of, query)
  if (query.show !== 'all') return rows
  const gone = rows_of(all, hosts, series_of, { ...query, show: 'removed', group: false })
  if (gone.length === 0) return rows
  const open = query.filter !== '' || query.closed.has(REMOVED)
  const of = gone.flatMap((row) => (row.kind === 'container' ? [row.container] : []))
  return [...rows, { kind: 'group', key: REMOVED, project: null, host: undefined, containers: of, open, removed: true }, ...(open ? gone : [])]
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
    const keyed = kept.map((container) => ({ container, value: value_of(container, sort, series_of(container.id)) }))
    sorted = keyed.sort((a, b) => compare_values(a.value, b.value, sign)).map(({ container }) => container)
    for (const { container, value } of keyed) values.set(container, value)
  }
  const row = (container: Container): TableRow => ({ kind: 'container', key: container.id, container })
  if (!query.group) return sorted.map(row)
  const groups = new Map<string, { project: string | null; host: Host | undefined; containers: Container[] }>()
  for (const container of sorted) {
    const project = container.project ?? container.group
    const key = `${container.host}/${project ?? ''}`
    const group = groups.get(key) ?? { project, host: hosts.get(container.host), containers: [] }
    group.containers.push(container)
    groups.set(key, group)
  }
  if (groups.size === 1 && [...groups.values()][0]!.project === null) return sorted.map(row)
  const by_names = [...groups].sort(
    ([, a], [, b]) =>
      compare_names(a.host?.name ?? '', b.host?.name ?? '') || Number(a.project === null) - Number(b.project === null) || (sort === 'name' ? sign : 1) * compare_names(a.project ?? '', b.project ?? ''),
  )
  if (sort !== 'name') {
    const group_values = new Map([...groups].map(([key, group]) => [key, value_of_group(group.containers, sort, values)]))
    by_names.sort(([a], [b]) => compare_values(group_values.get(a)!, group_values.get(b)!, sign))
  }
  return by_names
    .flatMap(([key, group]): TableRow[] => {
      const open = !query.closed.has(`g:${key}`)
      return [{ kind: 'group', key: `g:${key}`, ...group, open }, ...(open ? group.containers.map(row) : [])]
    })
}
