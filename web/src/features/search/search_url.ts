import type { LocationQuery } from 'vue-router'
import { read_query, write_query, type QueryDefaults } from '@/features/logs/log_url'
import type { TimeRange } from '@/features/range/time_range'

/** What is searched for, as the query of the page's URL says it. */
export interface SearchQuery {
  /** The lines' expression, and what it was made of, where that is another text. A text alone is one that is yet to be understood. */
  q: string
  typed: string
  /** Which containers, as an expression; empty: all. */
  where: string
  range: TimeRange
  levels: number
  streams: number
  by: Arrangement
  /** Of patterns only those that are new since then, as the API takes it (`1h`, RFC 3339); empty: all. */
  fresh: string
  /** Patterns are compared with the time before the range. */
  compared: boolean
}
/** Lines in one order of time, gathered by container, or what they have in common. */
export type Arrangement = 'time' | 'container' | 'pattern'

// How lines are shown is no part of a search's address.
const DEFAULTS: QueryDefaults = { wrap: false, fold: true, raw: false }
const FRESH = /^(\d{1,6}[smhd]|\d{4}-\d\d-\d\dT[\d:.]+Z)$/
const text = (value: LocationQuery[string] | undefined): string => (typeof value === 'string' ? value : '')

export function read_search(query: LocationQuery): SearchQuery {
  const { range, levels, streams } = read_query(query, DEFAULTS)
  const by = query.by === 'container' || query.by === 'pattern' ? query.by : 'time'
  return { q: text(query.filter), typed: text(query.q), where: text(query.in), range, levels, streams, by, fresh: FRESH.test(text(query.new)) ? text(query.new) : '', compared: query.base === 'before' }
}

/** The query that `read_search` reads back; filter, range, levels and stream are written as in the URL of a log. */
export function write_search({ q, typed, where, range, levels, streams, by, fresh, compared }: SearchQuery): Record<string, string> {
  return {
    ...write_query({ ...read_query({}, DEFAULTS), filter: q, range, levels, streams }, DEFAULTS),
    ...(typed && typed !== q && { q: typed }),
    ...(where && { in: where }),
    ...(by !== 'time' && { by }),
    ...(by === 'pattern' && fresh && { new: fresh }),
    ...(by === 'pattern' && compared && { base: 'before' }),
  }
}
