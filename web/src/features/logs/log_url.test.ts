import { describe, expect, it } from 'vitest'
import { ALL_LEVELS, BOTH_STREAMS, LEVELS, STDERR } from './engine/entry'
import { ALL } from '@/features/range/time_range'
import { read_query, write_query, type LogQuery } from './log_url'

const PLAIN: LogQuery = { filter: '', typed: '', range: ALL, levels: ALL_LEVELS, streams: BOTH_STREAMS, find: '', wrap: false, fold: true, at: null }

describe('the URL of a log view', () => {
  it('is bare when all is as by default', () => {
    expect(write_query(PLAIN, false)).toEqual({})
    expect(read_query({}, false)).toEqual(PLAIN)
  })
  it('brings everything back', () => {
    const query: LogQuery = {
      filter: 'level >= "warn" && message contains "a=b"',
      typed: 'level:>=warn a=b',
      range: { last: 3_600_000, since: null, until: null },
      levels: (1 << LEVELS.indexOf('warn')) | (1 << LEVELS.indexOf('error')),
      streams: STDERR,
      find: 'time out',
      wrap: true,
      fold: false,
      at: { ms: Date.UTC(2026, 0, 1), ns: 123_456, seq: 1738000000000001, container: 'abc' },
    }
    const written = write_query(query, false)
    expect(written).toMatchObject({ range: '1h', levels: 'warn,error', stream: 'stderr', wrap: '1', fold: '0', at: '1738000000000001@2026-01-01T00:00:00.000123456Z~abc' })
    expect(read_query(written, false)).toEqual(query)
  })
  it('may name a time alone', () => {
    const at = { ms: Date.UTC(2026, 0, 1), ns: 0 }
    expect(read_query(write_query({ ...PLAIN, at }, false), false).at).toEqual(at)
  })
  it('says when a phone is not to wrap', () => {
    expect(write_query({ ...PLAIN, wrap: false }, true)).toEqual({ wrap: '0' })
    expect(read_query({}, true).wrap).toBe(true)
    expect(read_query({ wrap: '0' }, true).wrap).toBe(false)
  })
  it.each([[{ levels: 'nonsense' }], [{ stream: 'both' }], [{ at: 'noon' }], [{ filter: ['a', 'b'] }], [{ levels: null }]])('that makes no sense (%j) is as by default', (query) =>
    expect(read_query(query, false)).toEqual(PLAIN),
  )
})
