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
