/** What stands where a figure is not known. Never 0. */
export const NONE = '–'

const SI = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

function three_digits(value: number): string {
  if (value >= 99.95) return value.toFixed(0)
  return value >= 9.995 ? value.toFixed(1).replace(/\.0$/, '') : value.toFixed(1)
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
  const digits = unit === 0 ? rest.toFixed(0) : three_digits(rest)
  return `${value < 0 ? '−' : ''}${digits} ${units[unit]}`
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
  if (value > 0 && value < 0.005) return '<0.01'
  return value < 10 ? value.toFixed(2) : value.toFixed(1)
}

/** A ratio 0..1 as `42 %`. */
export function format_percent(ratio: number | null | undefined): string {
  return missing(ratio) ? NONE : `${(ratio * 100).toFixed(ratio < 0.0995 ? 1 : 0)} %`
}

const GROUPED = new Intl.NumberFormat('en', { useGrouping: true })

/** Exact, with thousands separated: `12,400`. */
export function format_count(value: number): string {
  return GROUPED.format(value)
}

/** Short for chips: exact below 10,000, then `12.4k`, `3.1M` (the exact number belongs in the title). */
export function format_short_count(value: number): string {
  if (value < 10_000) return GROUPED.format(value)
  const cut = (unit: number, name: string) => `${(Math.floor(value / (unit / 10)) / 10).toFixed(value < unit * 100 ? 1 : 0)}${name}`
  return value < 1_000_000 ? cut(1000, 'k') : cut(1_000_000, 'M')
}
