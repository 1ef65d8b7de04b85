import type { LocationQuery } from 'vue-router'
import { is_all, parse_range, print_range, type TimeRange } from '@/features/range/time_range'
import { parse_time, to_rfc3339 } from '@/lib/format/time'
import { ALL_LEVELS, BOTH_STREAMS, LEVELS, parse_cursor, STDERR, STDOUT } from './engine/entry'
import { parse_columns, print_columns, type Column } from './columns'
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
  /** JSON and logfmt lines as they came. */
  raw: boolean
  columns: Column[]
  /** The list of fields is open. */
  fields: boolean
  at: ViewPlace | null
}

/** How lines are shown where a URL does not say. */
export interface QueryDefaults {
  wrap: boolean
  fold: boolean
  raw: boolean
  /** Logs are opened with a range: that all is meant has to be said. */
  ranged?: boolean
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

/** Reads a query; what is missing or makes no sense is as by default. */
export function read_query(query: LocationQuery, defaults: QueryDefaults): LogQuery {
  const names = text(query.levels).split(',').filter(Boolean)
  const levels = names.reduce((mask, name) => mask | ((1 << LEVELS.indexOf(name as (typeof LEVELS)[number])) & ALL_LEVELS), 0)
  const stream = text(query.stream)
  const flag = (name: 'wrap' | 'fold' | 'raw') => (query[name] === undefined ? defaults[name] : text(query[name]) === '1')
  return {
    filter: text(query.filter),
    typed: text(query.filter) && text(query.q),
    range: parse_range(text(query.range)),
    levels: levels === 0 ? ALL_LEVELS : levels,
    streams: stream === 'stdout' ? STDOUT : stream === 'stderr' ? STDERR : BOTH_STREAMS,
    find: text(query.find),
    wrap: flag('wrap'),
    fold: flag('fold'),
    raw: flag('raw'),
    columns: parse_columns(text(query.cols)),
    fields: text(query.fields) === '1',
    at: parse_place(text(query.at)),
  }
}

/** The query that `read_query` reads back; what is as by default is left out. */
export function write_query(query: LogQuery, defaults: QueryDefaults): Record<string, string> {
  const out: Record<string, string> = {}
  if (query.filter) out.filter = query.filter
  if (query.filter && query.typed) out.q = query.typed
  if (!is_all(query.range)) out.range = print_range(query.range)
  else if (defaults.ranged) out.range = 'all'
  if (query.levels !== ALL_LEVELS) out.levels = LEVELS.filter((_, i) => query.levels & (1 << i)).join(',')
  if (query.streams !== BOTH_STREAMS) out.stream = query.streams === STDOUT ? 'stdout' : 'stderr'
  if (query.find) out.find = query.find
  for (const name of ['wrap', 'fold', 'raw'] as const) if (query[name] !== defaults[name]) out[name] = query[name] ? '1' : '0'
  if (query.columns.length) out.cols = print_columns(query.columns)
  if (query.fields) out.fields = '1'
  if (query.at) out.at = print_place(query.at)
  return out
}
