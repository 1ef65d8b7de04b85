import { parse_time, parse_typed_time, type Zone } from '@/lib/format/time'

/** Which part of the logs is looked at: the `last` so many ms up to now, or from `since` to `until` in ms since 1970, null being open. */
export interface TimeRange {
  last: number | null
  since: number | null
  until: number | null
}
/** A range as the API takes it: RFC 3339, null being open. */
export interface Bounds {
  since: string | null
  until: string | null
}

export const ALL: TimeRange = { last: null, since: null, until: null }
const MINUTE = 60_000
/** What is one click away. */
export const LASTS: readonly { name: string; ms: number }[] = [
  { name: '10m', ms: 10 * MINUTE },
  { name: '1h', ms: 60 * MINUTE },
  { name: '24h', ms: 24 * 60 * MINUTE },
]

export const is_all = ({ last, since, until }: TimeRange): boolean => last === null && since === null && until === null
export const same_range = (a: TimeRange, b: TimeRange): boolean => a.last === b.last && a.since === b.since && a.until === b.until
/** Nothing that is written from now on is in it. */
export const is_past = ({ until }: TimeRange): boolean => until !== null

/** Reads `1h`, or `SINCE..UNTIL` with either left out; what makes no sense is the whole. */
export function parse_range(text: string): TimeRange {
  const age = /^(\d{1,6})([smhd])$/.exec(text)
  if (age) return { ...ALL, last: +age[1]! * { s: 1000, m: MINUTE, h: 60 * MINUTE, d: 1440 * MINUTE }[age[2] as 's' | 'm' | 'h' | 'd'] }
  const ends = text.split('..')
  if (ends.length !== 2) return ALL
  const [since, until] = ends.map((end) => parse_time(end)?.ms ?? null) as [number | null, number | null]
  return since !== null && until !== null && until <= since ? ALL : { last: null, since, until }
}

const iso = (ms: number) => new Date(ms).toISOString()

/** What `parse_range` reads back; empty for the whole. */
export function print_range({ last, since, until }: TimeRange): string {
  if (last !== null) {
    const [unit, name] = ([[1440 * MINUTE, 'd'], [60 * MINUTE, 'h'], [MINUTE, 'm'], [1000, 's']] as const).find(([unit]) => last % unit === 0 && (unit !== 1440 * MINUTE || last > unit)) ?? [1000, 's']
    return `${Math.max(1, Math.round(last / unit))}${name}`
  }
  return since === null && until === null ? '' : `${since === null ? '' : iso(since)}..${until === null ? '' : iso(until)}`
}

export function bounds_of({ last, since, until }: TimeRange, now: number): Bounds {
  const from = last === null ? since : now - last
  return { since: from === null ? null : iso(from), until: until === null ? null : iso(until) }
}

/** Reads what a person types as the ends of a range; undefined where one of them is no time, or they are the wrong way round. */
export function parse_typed_range(since: string, until: string, zone: Zone, now: number): TimeRange | undefined {
  const [from, to] = [since, until].map((text) => (text.trim() ? (parse_typed_time(text, zone, now)?.ms ?? NaN) : null)) as [number | null, number | null]
  if (Number.isNaN(from) || Number.isNaN(to) || (from !== null && to !== null && to <= from)) return undefined
  return { last: null, since: from, until: to }
}

// The widths that bars may have, in ms: what people count time in.
const SECOND = 1000
const WIDTHS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * SECOND))
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * MINUTE))
  .concat([1, 2, 3, 6, 12].map((n) => n * 60 * MINUTE))
  .concat([1, 2, 7, 14, 28].map((n) => n * 1440 * MINUTE))

export interface Bars {
  since: number
  until: number
  count: number
}

/** At most `most` bars of an even width over [from, until) in ms. A range that ends now is widened to whole bars, so that they stand still while time goes on. */
export function bars_over(from: number, until: number, most: number, live: boolean): Bars {
  const wanted = Math.max(1, until - from) / (live ? Math.max(1, most - 1) : most)
  const width = WIDTHS.find((each) => each >= wanted) ?? Math.ceil(wanted / WIDTHS.at(-1)!) * WIDTHS.at(-1)!
  if (!live) return { since: from, until, count: Math.max(1, Math.min(most, Math.ceil((until - from) / width))) }
  const since = Math.floor(from / width) * width
  const end = Math.max(since + width, Math.ceil(until / width) * width)
  return { since, until: end, count: Math.round((end - since) / width) }
}
