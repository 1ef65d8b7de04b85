import { by_locale, number_format } from './locale'

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

/** `2026-11-21` in the given zone, for what is read again. */
export function iso_day(ms: number, zone: Zone): string {
  const d = new Date(ms)
  return zone === 'utc'
    ? `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())}`
    : `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`
}

const date_format = (options: Intl.DateTimeFormatOptions) => {
  const local = by_locale((of) => new Intl.DateTimeFormat(of, options))
  const utc = by_locale((of) => new Intl.DateTimeFormat(of, { ...options, timeZone: 'UTC' }))
  return (ms: number, zone: Zone): string => (zone === 'utc' ? utc() : local()).format(ms)
}
const whole_day = date_format({ year: 'numeric', month: '2-digit', day: '2-digit' })
const day_of_year = date_format({ month: '2-digit', day: '2-digit' })
// Readers of English write 11/21 or 21/11 and cannot know which: they get the date of ISO 8601.
const is_english = by_locale((of) => /^en\b/.test(of))

/** A day in figures as the language has it: `2026-11-21`, `21.11.2026`, `2026/11/21`. */
export function format_day(ms: number, zone: Zone): string {
  return is_english() ? iso_day(ms, zone) : whole_day(ms, zone)
}

/** The same without the year: `11-21`, `21.11.`, `11/21`. */
export function format_day_of_year(ms: number, zone: Zone): string {
  return is_english() ? iso_day(ms, zone).slice(5) : day_of_year(ms, zone)
}

/** A day in words: `Monday, June 1, 2026`. */
export const format_long_day = date_format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })

/** A day of a week or two: `Mon 1`. */
export const format_weekday = date_format({ weekday: 'short', day: 'numeric' })

/** When the day began that a time is in, in ms. */
export function day_start(ms: number, zone: Zone): number {
  const d = new Date(ms)
  return zone === 'utc' ? d.setUTCHours(0, 0, 0, 0) : d.setHours(0, 0, 0, 0)
}

// Symbols where the narrow form is an abbreviation or a whole word: a column has no room for those.
const SYMBOLS: readonly (readonly [RegExp, string])[] = [[/\s?Min\.$/, 'min'], [/\s?Sek\.$/, 's'], [/分钟$/, '分'], [/小时$/, '时']]
function unit_format(unit: string, options: Intl.NumberFormatOptions = {}): (value: number) => string {
  const format = number_format({ style: 'unit', unit, unitDisplay: 'narrow', ...options })
  return (value) => SYMBOLS.reduce((text, [word, symbol]) => text.replace(word, symbol), format(value))
}
const two = { minimumIntegerDigits: 2 }
const tenths = unit_format('second', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const [days, hours, minutes, seconds] = [unit_format('day'), unit_format('hour'), unit_format('minute'), unit_format('second')]
const [padded_minutes, padded_seconds] = [unit_format('minute', two), unit_format('second', two)]
const relative = by_locale((of) => new Intl.RelativeTimeFormat(of, { numeric: 'auto' }))

/** How long ago, in a column's width: `0.4s`, `12s`, `5m 07s`, `3h 12m`, `4d 6h`. */
export function format_age(ms: number, now: number): string {
  const s = (now - ms) / 1000
  if (s < 0) return relative().format(0, 'second')
  if (s < 10) return tenths(s)
  return format_duration(s)
}

/** Seconds as the two largest units. */
export function format_duration(length: number): string {
  const s = Math.max(0, Math.floor(length))
  if (s < 60) return seconds(s)
  if (s < 3600) return `${minutes(Math.floor(s / 60))} ${padded_seconds(s % 60)}`
  if (s < 86_400) return `${hours(Math.floor(s / 3600))} ${padded_minutes(Math.floor((s % 3600) / 60))}`
  return `${days(Math.floor(s / 86_400))} ${hours(Math.floor((s % 86_400) / 3600))}`
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
