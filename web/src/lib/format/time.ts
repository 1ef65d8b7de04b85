/** A moment with the engine's nanoseconds kept: milliseconds since 1970 and the nanoseconds (0..999,999) within the last of them. */
export interface Moment {
  ms: number
  ns: number
}

export type Zone = 'local' | 'utc' | 'relative'
export type Precision = 'ms' | 'us' | 'ns'

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/

/** Reads an RFC 3339 time; undefined when it is none. */
export function parse_time(text: string): Moment | undefined {
  const m = RFC3339.exec(text)
  if (!m) return undefined
  const seconds = Date.UTC(+m[1]!, +m[2]! - 1, +m[3]!, +m[4]!, +m[5]!, +m[6]!)
  const fraction = (m[7] ?? '').padEnd(9, '0')
  let offset = 0
  const zone = m[8]!
  if (zone !== 'Z' && zone !== 'z') {
    const minutes = +zone.slice(1, 3) * 60 + +zone.slice(4, 6)
    offset = (zone.startsWith('-') ? -minutes : minutes) * 60_000
  }
  return { ms: seconds - offset + +fraction.slice(0, 3), ns: +fraction.slice(3) }
}

const pad = (value: number, width = 2) => String(value).padStart(width, '0')

/** RFC 3339 in UTC with nine digits: the form that cursors are made of. */
export function to_rfc3339(moment: Moment): string {
  return new Date(moment.ms).toISOString().slice(0, -1) + pad(moment.ns, 6) + 'Z'
}

export function compare_moments(a: Moment, b: Moment): number {
  return a.ms - b.ms || a.ns - b.ns
}

function fraction_of(moment: Moment, precision: Precision): string {
  const ms = pad(((moment.ms % 1000) + 1000) % 1000, 3)
  if (precision === 'ms') return ms
  return ms + pad(moment.ns, 6).slice(0, precision === 'us' ? 3 : 6)
}

/** `12:04:07.112`; with `relative` the age against `now` in ms. */
export function format_clock(moment: Moment, zone: Zone, precision: Precision, now = 0): string {
  if (zone === 'relative') return format_age(moment.ms, now)
  const d = new Date(moment.ms)
  const hms =
    zone === 'utc'
      ? `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}`
      : `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`
  return `${hms}.${fraction_of(moment, precision)}`
}

/** `2026-11-21` in the given zone. */
export function format_day(ms: number, zone: Zone): string {
  const d = new Date(ms)
  return zone === 'utc'
    ? `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())}`
    : `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`
}

/** When the day began that a time is in, in ms. */
export function day_start(ms: number, zone: Zone): number {
  const d = new Date(ms)
  return zone === 'utc' ? d.setUTCHours(0, 0, 0, 0) : d.setHours(0, 0, 0, 0)
}

/** How long ago, in a column's width: `0.4s`, `12s`, `5m 07s`, `3h 12m`, `4d 6h`. */
export function format_age(ms: number, now: number): string {
  const s = (now - ms) / 1000
  if (s < 0) return 'now'
  if (s < 10) return `${s.toFixed(1)}s`
  return format_duration(s)
}

/** Seconds as the two largest units. */
export function format_duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds))
  if (s < 60) return `${s}s`
  if (s < 3600) return `${Math.floor(s / 60)}m ${pad(s % 60)}s`
  if (s < 86_400) return `${Math.floor(s / 3600)}h ${pad(Math.floor((s % 3600) / 60))}m`
  return `${Math.floor(s / 86_400)}d ${Math.floor((s % 86_400) / 3600)}h`
}

const AGE = /^-?(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)(?:\s*ago)?$/i
const CLOCK = /^(?:(\d{4})-(\d\d?)-(\d\d?)(?:[T ]+|$))?(?:(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?$/
const UNIT: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Reads what a person types into "go to time": an RFC 3339 time, `12:04`, `12:04:07.25`, `2026-11-21 12:04`, or an age (`15m`).
 * A clock time without a date is the latest such moment that is not after `now`. Undefined when it is none of these.
 */
export function parse_typed_time(text: string, zone: Zone, now: number): Moment | undefined {
  const typed = text.trim()
  if (!typed) return undefined
  const exact = parse_time(typed)
  if (exact) return exact
  const age = AGE.exec(typed)
  if (age) return { ms: Math.floor(now - +age[1]! * UNIT[age[2]!.toLowerCase()]!), ns: 0 }
  const m = CLOCK.exec(typed)
  if (!m || (m[1] === undefined && m[4] === undefined)) return undefined
  const [hour, minute, second] = [+(m[4] ?? 0), +(m[5] ?? 0), +(m[6] ?? 0)]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const fraction = (m[7] ?? '').padEnd(9, '0')
  const utc = zone === 'utc'
  const today = new Date(now)
  const year = m[1] ? +m[1] : utc ? today.getUTCFullYear() : today.getFullYear()
  const month = m[2] ? +m[2] - 1 : utc ? today.getUTCMonth() : today.getMonth()
  const day = m[3] ? +m[3] : utc ? today.getUTCDate() : today.getDate()
  const at = (d: number) =>
    utc ? Date.UTC(year, month, d, hour, minute, second) : new Date(year, month, d, hour, minute, second).getTime()
  let ms = at(day)
  if (!m[1] && ms > now) ms = at(day - 1)
  return { ms: ms + +fraction.slice(0, 3), ns: +fraction.slice(3) }
}
