import { locale, number_format } from './locale'

/** What stands where a figure is not known. Never 0. */
export const NONE = '–'

const SI = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

const plain = { useGrouping: false } as const
const whole = number_format({ ...plain, maximumFractionDigits: 0 })
const one_digit = number_format({ ...plain, minimumFractionDigits: 1, maximumFractionDigits: 1 })
const two_digits = number_format({ ...plain, minimumFractionDigits: 2, maximumFractionDigits: 2 })
const up_to_one = number_format({ ...plain, maximumFractionDigits: 1 })
const grouped = number_format({})
const percent = number_format({ style: 'percent', maximumFractionDigits: 0 })
const small_percent = number_format({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const significant = number_format({ ...plain, maximumSignificantDigits: 3 })

function three_digits(value: number): string {
  if (value >= 99.95) return whole(value)
  return value >= 9.995 ? up_to_one(value) : one_digit(value)
}

const missing = (value: number | null | undefined): value is null | undefined =>
  value === null || value === undefined || Number.isNaN(value)

function in_units(value: number, units: readonly string[], step: number): string {
  let rest = Math.abs(value)
  let unit = 0
  while (rest >= step - 0.5 && unit < units.length - 1) {
    rest /= step
    unit += 1
  }
  const digits = unit === 0 ? whole(rest) : three_digits(rest)
  // Bytes are octets in French, with the same prefixes.
  const name = locale().startsWith('fr') ? units[unit]!.replace('B', 'o') : units[unit]!
  return `${value < 0 ? '−' : ''}${digits} ${name}`
}

/** Bytes on a wire or a disk in SI units with about three digits: `0 B`, `1.2 kB`, `210 MB`. */
export function format_bytes(value: number | null | undefined): string {
  return missing(value) ? NONE : in_units(value, SI, 1000)
}

/** Memory in the units that limits are set in: a limit of `512m` is `512 MiB`. */
export function format_memory(value: number | null | undefined): string {
  return missing(value) ? NONE : in_units(value, BINARY, 1024)
}

/** Bytes per second. */
export function format_rate(value: number | null | undefined): string {
  return missing(value) ? NONE : `${format_bytes(value)}/s`
}

/** CPU in cores: `0.12`, `1.30`, `12.4`. */
export function format_cores(value: number | null | undefined): string {
  if (missing(value)) return NONE
  if (value > 0 && value < 0.005) return `<${two_digits(0.01)}`
  return value < 10 ? two_digits(value) : one_digit(value)
}

/** A ratio 0..1 as `42%`, below a tenth as `4.2%`; what is not quite nothing as `<0.1%`. */
export function format_percent(ratio: number | null | undefined): string {
  if (missing(ratio)) return NONE
  if (ratio > 0 && ratio < 0.0005) return `<${small_percent(0.001)}`
  return ratio < 0.0995 ? small_percent(ratio) : percent(ratio)
}

/** Exact, with thousands separated: `12,400`. */
export function format_count(value: number): string {
  return grouped(value)
}

/** Short for chips: exact below 10,000, then `12.4k`, `3.1M` (the exact number belongs in the title). */
export function format_short_count(value: number): string {
  if (value < 10_000) return grouped(value)
  const cut = (unit: number, name: string) => (value < unit * 100 ? one_digit(Math.floor(value / (unit / 10)) / 10) : whole(Math.floor(value / unit))) + name
  return value < 1_000_000 ? cut(1000, 'k') : cut(1_000_000, 'M')
}

/** A number of any size with three digits that count: `0.0123`, `4.5`, `12300`. */
export function format_significant(value: number): string {
  return significant(value)
}

/** How many times as many, up or down: `×3.2`, `÷12`. */
export function format_factor(times: number): string {
  const [sign, factor] = times >= 1 ? ['×', times] : ['÷', 1 / times]
  return `${sign}${(factor >= 10 ? whole : one_digit)(factor)}`
}

/** Milliseconds that something took, in seconds: `0.12 s`, `15 s`. */
export function format_took(ms: number): string {
  return `${(ms < 10_000 ? two_digits : whole)(ms / 1000)} s`
}
