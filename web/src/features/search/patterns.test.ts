import { describe, expect, it } from 'vitest'
import { ALL_LEVELS, BOTH_STREAMS, LEVELS } from '@/features/logs/engine/entry'
import { ALL, parse_range } from '@/features/range/time_range'
import type { ApiComparedPatterns, ApiPattern, ApiPatterns } from '@/lib/api/types'
import { narrowed, patterns_of, patterns_path } from './patterns'
import type { SearchQuery } from './search_url'

const QUERY: SearchQuery = { q: '', typed: '', where: '', range: ALL, levels: ALL_LEVELS, streams: BOTH_STREAMS, by: 'pattern', fresh: '', compared: false }
const NOW = Date.UTC(2026, 10, 21, 12)
const asked = (query: Partial<SearchQuery>) => {
  const [path, rest] = patterns_path({ ...QUERY, ...query }, NOW).split('?') as [string, string]
  return { path, ...Object.fromEntries(new URLSearchParams(rest)) }
}

describe('patterns are asked for', () => {
  it('of all lines', () => expect(asked({})).toEqual({ path: 'patterns', limit: '500' }))
  it('of some, and new ones alone', () =>
    expect(asked({ q: 'text contains "a"', where: 'name == "api"', fresh: '1h', levels: 1 << LEVELS.indexOf('error') })).toEqual({ path: 'patterns', q: 'text contains "a"', containers: 'name == "api"', levels: 'error', new_since: '1h', limit: '500' }))
  it('compared with the time before', () =>
    expect(asked({ compared: true, fresh: '1h', range: parse_range('1h') })).toEqual({ path: 'patterns/compare', since: '2026-11-21T11:00:00.000Z', limit: '500' }))
})

const pattern: ApiPattern = {
  id: '1',
  template: 'took <*> ms, <*>',
  filter: 'text matches "x"',
  lines: 5,
  levels: { error: 1, unknown: 4 },
  first: '2026-11-21T10:00:00.000000001Z',
  first_cursor: '1@2026-11-21T10:00:00Z~h/c',
  last: '2026-11-21T11:00:00Z',
  last_cursor: '2@2026-11-21T11:00:00Z~h/c',
  example: 'took 5 ms, 6',
  container_count: 1,
  containers: [{ container: 'c', host: 'h', name: 'api', lines: 5 }],
  services: [],
}
const answer: ApiPatterns = { patterns: [pattern], found: 1, lines: 5, other_lines: 0, complete: true, truncated: false, damaged_lines: 0, scanned_lines: 5, scanned_bytes: 50, elapsed_ms: 1 }

describe('a pattern that came', () => {
  it('is in pieces between what differs, and has the worst level that is known', () => {
    const [one] = patterns_of(answer).patterns
    expect(one).toMatchObject({ pieces: ['took ', ' ms, ', ''], worst: LEVELS.indexOf('error'), base: null, surprise: null, first: NOW - 7_200_000 })
    expect(patterns_of({ ...answer, patterns: [{ ...pattern, levels: { unknown: 5 } }] }).patterns[0]!.worst).toBe(LEVELS.indexOf('unknown'))
  })
  it('tells from when to when all are', () => expect(patterns_of(answer)).toMatchObject({ from: NOW - 7_200_000, until: NOW - 3_600_000, fields: [], metrics: [], events: [] }))
  it('may be gone, and has shares of values that moved', () => {
    const compared: ApiComparedPatterns = {
      ...answer,
      patterns: [{ ...pattern, lines: 0, levels: {}, first: null, last: null, first_cursor: null, last_cursor: null, base_lines: 7, surprise: -9 }],
      base_lines: 7,
      by: 'time',
      since: null,
      until: null,
      base_since: null,
      base_until: null,
      fields: [{ name: 'status', surprise: 9, lines: 100, base_lines: 50, values: [{ value: '500', lines: 60, base_lines: 5 }], median: null, base_median: null }],
      sampled_lines: 100,
      base_sampled_lines: 50,
      metrics: [{ metric: 'cpu', unit: 'cores', container: 'c', host: 'h', name: 'api', surprise: 40, mean: 0.9, base_mean: 0.1 }],
      events: [{ action: 'oom', container: null, host: null, name: null, surprise: 7, count: 3, base_count: 0 }],
    }
    expect(patterns_of(compared)).toMatchObject({ patterns: [{ base: 7, surprise: -9, first: null }], fields: [{ name: 'status', values: [{ value: '500', share: 0.6, base: 0.1 }] }], metrics: [{ name: 'api', mean: 0.9, base: 0.1 }], events: [{ action: 'oom', name: null, count: 3, base: 0 }] })
    // A server without metrics, or times without bounds.
    expect(patterns_of({ ...compared, metrics: null, events: null })).toMatchObject({ metrics: [], events: [] })
  })
})

describe('a search is narrowed', () => {
  it('to the lines of a pattern', () => expect(narrowed('', 'text matches "x"', false)).toBe('text matches "x"'))
  it('to all others', () => expect(narrowed('a or b', 'text matches "x"', true)).toBe('(a or b) and not (text matches "x")'))
})
