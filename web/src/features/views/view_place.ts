import type { RouteLocationNamedRaw } from 'vue-router'
import { parse_columns, print_columns } from '@/features/logs/columns'
import { ALL_LEVELS, BOTH_STREAMS, LEVELS, STREAMS } from '@/features/logs/engine/entry'
import { write_query, type LogQuery } from '@/features/logs/log_url'
import { parse_range, print_range } from '@/features/range/time_range'
import { write_search, type SearchQuery } from '@/features/search/search_url'
import type { SavedView } from '@/lib/api/types'
import type { ViewKeys } from './saved_views'

/** How a log is shown, as a view keeps it; the containers are an expression. */
export const keys_of = (containers: string, { filter, range, levels, streams, columns }: LogQuery): ViewKeys => ({
  containers,
  filter,
  range: print_range(range),
  levels: levels === ALL_LEVELS ? [] : LEVELS.filter((_, i) => levels & (1 << i)),
  streams: streams === BOTH_STREAMS ? [] : STREAMS.filter(([bit]) => streams === bit).map(([, name]) => name),
  columns: columns.map((column) => print_columns([column])),
})

/** A search, as a view keeps it. */
export function keys_of_search({ q, where, range, levels, streams, by, fresh, compared }: SearchQuery): ViewKeys {
  return { ...keys_of(where || EVERYWHERE, { ...PLAIN, filter: q, range, levels, streams }), search: { by, new: fresh, compared } }
}

// The expression of a search in all containers.
const EVERYWHERE = 'true'
const PLAIN: LogQuery = { filter: '', typed: '', range: parse_range(''), levels: ALL_LEVELS, streams: BOTH_STREAMS, find: '', wrap: false, fold: true, raw: false, columns: [], fields: false, at: null }

/** The address of what a view shows: of a log, or of a search. */
export function view_place(view: SavedView): RouteLocationNamedRaw {
  const levels = view.levels.reduce((mask, name) => mask | ((1 << LEVELS.indexOf(name as (typeof LEVELS)[number])) & ALL_LEVELS), 0)
  const [stream] = STREAMS.filter(([, name]) => view.streams.length === 1 && view.streams[0] === name)
  const query = { ...PLAIN, filter: view.filter, range: parse_range(view.range), levels: levels || ALL_LEVELS, streams: stream?.[0] ?? BOTH_STREAMS, columns: parse_columns(view.columns.join(',')) }
  if (view.search) {
    const { by, new: fresh, compared } = view.search
    return { name: 'search', query: write_search({ ...query, q: view.filter, where: view.containers === EVERYWHERE ? '' : view.containers, by: by ?? 'time', fresh: fresh ?? '', compared: compared ?? false }) }
  }
  // A view that shows everything says so: it is not opened with the range that a reader prefers.
  return { name: 'logs', params: { address: `view:${view.id}` }, query: write_query(query, { wrap: false, fold: true, raw: false, ranged: true }) }
}
