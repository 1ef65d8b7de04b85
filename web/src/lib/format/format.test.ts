import { afterEach, describe, expect, it } from 'vitest'
import { follow_locale } from './locale'
import { format_bytes, format_cores, format_count, format_factor, format_memory, format_percent, format_rate, format_short_count, format_significant, format_took, NONE } from './numbers'
import { compare_names, matches_words } from './order'
import { format_age, format_clock, format_day, format_day_of_year, format_duration, format_long_day, format_weekday, iso_day, parse_time, parse_typed_time, to_rfc3339 } from './time'

describe('times', () => {
  it('keep every nanosecond on the way in and out', () => {
    const text = '2026-11-21T09:10:05.123456789Z'
    expect(parse_time(text)).toEqual({ ms: Date.UTC(2026, 10, 21, 9, 10, 5, 123), ns: 456_789 })
    expect(to_rfc3339(parse_time(text)!)).toBe(text)
  })
  it.each([
    ['2026-11-21T10:10:05+01:00', '2026-11-21T09:10:05.000000000Z'],
    ['2026-11-21T09:10:05.5Z', '2026-11-21T09:10:05.500000000Z'],
    ['1969-12-31T23:59:59.25Z', '1969-12-31T23:59:59.250000000Z'],
  ])('%s is read as %s', (text, expected) => expect(to_rfc3339(parse_time(text)!)).toBe(expected))
  it.each(['', 'yesterday', '2026-11-21', '2026-11-21T09:10:05'])('%j is no time', (text) =>
    expect(parse_time(text)).toBeUndefined(),
  )
  it.each([
    ['ms', '09:10:05.123'],
    ['us', '09:10:05.123456'],
    ['ns', '09:10:05.123456789'],
  ] as const)('are shown to the %s', (precision, expected) =>
    expect(format_clock(parse_time('2026-11-21T09:10:05.123456789Z')!, 'utc', precision)).toBe(expected),
  )
  it('are shown as an age when asked', () => {
    expect(format_clock({ ms: 1000, ns: 0 }, 'relative', 'ms', 1400)).toBe('0.4s')
    expect(format_age(0, 307_000)).toBe('5m 07s')
    expect(format_age(5000, 0)).toBe('now')
  })
  it.each([
    [59, '59s'],
    [3600, '1h 00m'],
    [367_200, '4d 6h'],
  ])('%d seconds are %s', (seconds, expected) => expect(format_duration(seconds)).toBe(expected))
})

describe('a typed time', () => {
  const now = Date.UTC(2026, 10, 21, 12, 0, 0)
  it.each([
    ['11:04', '2026-11-21T11:04:00.000000000Z'],
    ['13:04', '2026-11-20T13:04:00.000000000Z'],
    ['11:04:07.25', '2026-11-21T11:04:07.250000000Z'],
    ['2026-11-19 08:00', '2026-11-19T08:00:00.000000000Z'],
    ['2026-11-19', '2026-11-19T00:00:00.000000000Z'],
    ['15m', '2026-11-21T11:45:00.000000000Z'],
    ['2h ago', '2026-11-21T10:00:00.000000000Z'],
    ['2026-11-21T09:10:05.123456789Z', '2026-11-21T09:10:05.123456789Z'],
  ])('%s is %s', (typed, expected) => expect(to_rfc3339(parse_typed_time(typed, 'utc', now)!)).toBe(expected))
  it.each(['', '25:00', '12:60', 'noon', '12'])('%j is refused', (typed) =>
    expect(parse_typed_time(typed, 'utc', now)).toBeUndefined(),
  )
})

describe('figures', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1234, '1.2 kB'],
    [210_000_000, '210 MB'],
    [999_600_000, '1.0 GB'],
    [25_000_000_000, '25 GB'],
  ])('%d bytes are %s', (value, expected) => expect(format_bytes(value)).toBe(expected))
  it.each([
    [0, '0 B'],
    [512 * 2 ** 20, '512 MiB'],
    [2 ** 30, '1.0 GiB'],
    [1023.7 * 2 ** 20, '1.0 GiB'],
    [1000 * 2 ** 20, '1000 MiB'],
  ])('%d bytes of memory are %s', (value, expected) => expect(format_memory(value)).toBe(expected))
  it.each([
    [0, '0.00'],
    [0.001, '<0.01'],
    [0.123, '0.12'],
    [12.44, '12.4'],
  ])('%d cores are %s', (value, expected) => expect(format_cores(value)).toBe(expected))
  it('that are missing are a dash, never 0', () => {
    for (const format of [format_bytes, format_memory, format_cores, format_percent, format_rate])
      expect([format(null), format(undefined), format(NaN)]).toEqual([NONE, NONE, NONE])
  })
  it.each([
    [9999, '9,999'],
    [12_460, '12.4k'],
    [123_456, '123k'],
    [3_140_000, '3.1M'],
  ])('a count of %d is short as %s', (value, expected) => expect(format_short_count(value)).toBe(expected))
})

describe('names', () => {
  it('are ordered by their numbers', () =>
    expect(['web-10', 'web-2', 'Web-1', 'api'].sort(compare_names)).toEqual(['api', 'Web-1', 'web-2', 'web-10']))
  it('match when every word occurs', () => {
    expect(matches_words('shop-api-1 shop/api:1.2', 'API shop')).toBe(true)
    expect(matches_words('shop-api-1', 'api nas')).toBe(false)
    expect(matches_words('anything', '')).toBe(true)
  })
})

describe('the language of the reader', () => {
  afterEach(() => follow_locale(() => 'en'))
  // Spaces that do not break are as good as others to who reads this table, and either apostrophe.
  const shown = (of: string, format: () => string) => {
    follow_locale(() => of)
    return format().replace(/[\u00a0\u202f]/g, ' ').replaceAll("'", '’')
  }
  const day = Date.UTC(2026, 10, 1, 12)
  it.each([
    ['de', () => format_count(1_234_567), '1.234.567'],
    ['de-CH', () => format_count(1_234_567), '1’234’567'],
    ['fr', () => format_count(1_234_567), '1 234 567'],
    ['ja', () => format_count(1_234_567), '1,234,567'],
    ['de', () => format_short_count(12_460), '12,4k'],
    ['de', () => format_bytes(1234), '1,2 kB'],
    ['fr', () => format_bytes(1234), '1,2 ko'],
    ['fr', () => format_memory(2 ** 30), '1,0 Gio'],
    ['fr', () => format_rate(999), '999 o/s'],
    ['es', () => format_cores(0.001), '<0,01'],
    ['en', () => format_percent(0.42), '42%'],
    ['de', () => format_percent(0.0423), '4,2 %'],
    ['ja', () => format_percent(0.0001), '<0.1%'],
    ['de', () => format_significant(0.012345), '0,0123'],
    ['de', () => format_factor(1 / 3.2), '÷3,2'],
    ['fr', () => format_took(120), '0,12 s'],
    ['de', () => format_duration(367_200), '4 T 6h'],
    ['de', () => format_duration(307), '5min 07s'],
    ['fr', () => format_duration(367_200), '4j 6h'],
    ['zh-CN', () => format_duration(307), '5分 07秒'],
    ['ja', () => format_age(5000, 0), '今'],
    ['en', () => format_day(day, 'utc'), '2026-11-01'],
    ['en-US', () => format_day_of_year(day, 'utc'), '11-01'],
    ['de', () => format_day(day, 'utc'), '01.11.2026'],
    ['de', () => format_day_of_year(day, 'utc'), '01.11.'],
    ['ja', () => format_day(day, 'utc'), '2026/11/01'],
    ['es', () => format_long_day(day, 'utc'), 'domingo, 1 de noviembre de 2026'],
    ['ja', () => format_weekday(day, 'utc'), '1日(日)'],
    ['de', () => iso_day(day, 'utc'), '2026-11-01'],
  ] as [string, () => string, string][])('%s has it so', (of, format, expected) => expect(shown(of, format)).toBe(expected))
  it('orders names', () => {
    const names = ['zeta', 'ñandú', 'nube', 'oso']
    follow_locale(() => 'es')
    expect([...names].sort(compare_names)).toEqual(['nube', 'ñandú', 'oso', 'zeta'])
    follow_locale(() => 'en')
    expect([...names].sort(compare_names)).toEqual(['ñandú', 'nube', 'oso', 'zeta'])
  })
})
