import type { LocationQuery } from 'vue-router'
import { is_all, parse_range, print_range, type TimeRange } from '@/features/range/time_range'
import { parse_time, to_rfc3339 } from '@/lib/format/time'
import { ALL_LEVELS, BOTH_STREAMS, LEVELS, parse_cursor, STDERR, STDOUT } from './engine/entry'
import type { ViewPlace } from './engine/view_messages'

/** What a log view shows besides its containers, as the query of its URL says it. */
export interface LogQuery {
  filter: string
  /** What the filter was made of, where that is not the same. */
  typed: string
  range: TimeRange
  levels: number
  streams: number
  find: string
  wrap: boolean
  fold: boolean
  at: ViewPlace | null
}

const text = (value: LocationQuery[string] | undefined): string => (typeof value === 'string' ? value : '')

/** `SEQ@TIME~CONTAINER`, or only a time. */
export function parse_place(value: string): ViewPlace | null {
  const cursor = parse_cursor(value)
  if (cursor) return cursor
  const time = parse_time(value)
  return time ?? null
}

export function print_place(place: ViewPlace): string {
  const time = to_rfc3339(place)
  if (place.seq === undefined) return time
  return `${place.seq}@${time}${place.container ? `~${place.container}` : ''}`
}

/** Reads a query; what is missing or makes no sense is as by default. `wrap_default`: phones wrap. */
export function read_query(query: LocationQuery, wrap_default: boolean): LogQuery {
  const names = text(query.levels).split(',').filter(Boolean)
  const levels = names.reduce((mask, name) => mask | ((1 << LEVELS.indexOf(name as (typeof LEVELS)[number])) & ALL_LEVELS), 0)
  const stream = text(query.stream)
  return {
    filter: text(query.filter),
    typed: text(query.filter) && text(query.q),
    range: parse_range(text(query.range)),
    levels: levels === 0 ? ALL_LEVELS : levels,
    streams: stream === 'stdout' ? STDOUT : stream === 'stderr' ? STDERR : BOTH_STREAMS,
    find: text(query.find),
    wrap: query.wrap === undefined ? wrap_default : text(query.wrap) === '1',
    fold: text(query.fold) !== '0',
    at: parse_place(text(query.at)),
  }
}

/** The query that `read_query` reads back; what is as by default is left out. */
export function write_query(query: LogQuery, wrap_default: boolean): Record<string, string> {
  const out: Record<string, string> = {}
  if (query.filter) out.filter = query.filter
  if (query.filter && query.typed) out.q = query.typed
  if (!is_all(query.range)) out.range = print_range(query.range)
  if (query.levels !== ALL_LEVELS) out.levels = LEVELS.filter((_, i) => query.levels & (1 << i)).join(',')
  if (query.streams !== BOTH_STREAMS) out.stream = query.streams === STDOUT ? 'stdout' : 'stderr'
  if (query.find) out.find = query.find
  if (query.wrap !== wrap_default) out.wrap = query.wrap ? '1' : '0'
  if (!query.fold) out.fold = '0'
  if (query.at) out.at = print_place(query.at)
  return out
}
