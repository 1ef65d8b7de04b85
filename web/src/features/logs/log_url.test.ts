import { describe, expect, it } from 'vitest'
import { ALL_LEVELS, BOTH_STREAMS, LEVELS, STDERR } from './engine/entry'
import { ALL } from '@/features/range/time_range'
import { read_query, write_query, type LogQuery } from './log_url'

const PLAIN: LogQuery = { filter: '', typed: '', range: ALL, levels: ALL_LEVELS, streams: BOTH_STREAMS, find: '', wrap: false, fold: true, raw: false, columns: [], fields: false, at: null }
const DEFAULTS = { wrap: false, fold: true, raw: false }

describe('the URL of a log view', () => {
  it('is bare when all is as by default', () => {
    expect(write_query(PLAIN, DEFAULTS)).toEqual({})
    expect(read_query({}, DEFAULTS)).toEqual(PLAIN)
  })
  it('says that everything is shown where a log would be opened with less', () => {
    expect(write_query(PLAIN, { ...DEFAULTS, ranged: true })).toEqual({ range: 'all' })
    expect(read_query({ range: 'all' }, DEFAULTS)).toEqual(PLAIN)
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
      raw: true,
      columns: [
        { name: 'status', width: 8 },
        { name: 'a,b:c.ü', width: 80 },
      ],
      fields: true,
      at: { ms: Date.UTC(2026, 0, 1), ns: 123_456, seq: 1738000000000001, container: 'abc' },
    }
    const written = write_query(query, DEFAULTS)
    expect(written).toMatchObject({ range: '1h', levels: 'warn,error', stream: 'stderr', wrap: '1', fold: '0', at: '1738000000000001@2026-01-01T00:00:00.000123456Z~abc' })
    expect(read_query(written, DEFAULTS)).toEqual(query)
  })
  it('may name a time alone', () => {
    const at = { ms: Date.UTC(2026, 0, 1), ns: 0 }
    expect(read_query(write_query({ ...PLAIN, at }, DEFAULTS), DEFAULTS).at).toEqual(at)
  })
  it('says when a phone is not to wrap', () => {
    expect(write_query({ ...PLAIN, wrap: false }, { ...DEFAULTS, wrap: true })).toEqual({ wrap: '0' })
    expect(read_query({}, { ...DEFAULTS, wrap: true }).wrap).toBe(true)
    expect(read_query({ wrap: '0' }, { ...DEFAULTS, wrap: true }).wrap).toBe(false)
  })
  it('says what is not as its reader likes it', () => {
    expect(write_query(PLAIN, { wrap: false, fold: false, raw: true })).toEqual({ fold: '1', raw: '0' })
    expect(read_query({}, { wrap: false, fold: false, raw: true })).toMatchObject({ fold: false, raw: true })
  })
  it.each([[{ cols: 'a,b:,:3,c:x,%:4' }], [{ levels: 'nonsense' }], [{ stream: 'both' }], [{ at: 'noon' }], [{ filter: ['a', 'b'] }], [{ levels: null }]])('that makes no sense (%j) is as by default', (query) =>
    expect(read_query(query, DEFAULTS)).toEqual(PLAIN),
  )
})
