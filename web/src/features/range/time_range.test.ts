import { describe, expect, it } from 'vitest'
import { ALL, bounds_of, parse_range, parse_typed_range, print_range } from './time_range'

const NOW = Date.UTC(2026, 10, 21, 12, 0, 7)
const MINUTE = 60_000

describe('a range of time', () => {
  it.each(['10m', '1h', '24h', '7d', '90s', '2026-11-21T09:00:00.000Z..2026-11-21T10:00:00.250Z', '2026-11-21T09:00:00.000Z..', '..2026-11-21T09:00:00.000Z', ''])('%j is read and written alike', (text) =>
    expect(print_range(parse_range(text))).toBe(text),
  )
  it.each(['yesterday', '-5m', '1y', '2026-11-21T10:00:00Z..2026-11-21T09:00:00Z', '1..2..3', '5', '..'])('%j is the whole', (text) => expect(parse_range(text)).toEqual(ALL))
  it('that goes up to now begins so long before it and has no end', () => {
    expect(bounds_of(parse_range('10m'), NOW)).toEqual({ since: '2026-11-21T11:50:07.000Z', until: null })
    expect(bounds_of(ALL, NOW)).toEqual({ since: null, until: null })
  })
  it('is typed as clock times, ages or dates, either end left out', () => {
    expect(parse_typed_range('11:00', '11:30', 'utc', NOW)).toEqual({ last: null, since: Date.UTC(2026, 10, 21, 11), until: Date.UTC(2026, 10, 21, 11, 30) })
    expect(parse_typed_range('2h', '', 'utc', NOW)).toEqual({ last: null, since: NOW - 120 * MINUTE, until: null })
  })
  it.each([
    ['noon', ''],
    ['11:30', '11:00'],
    ['11:00', '11:00'],
  ])('from %j to %j is none', (since, until) => expect(parse_typed_range(since, until, 'utc', NOW)).toBeUndefined())
})
