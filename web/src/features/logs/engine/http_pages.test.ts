import { describe, expect, it } from 'vitest'
import { page_url, parse_page } from './http_pages'

const record = { container: 'a', time: '2026-01-01T00:00:00Z', seq: 1, stream: 'stdout', level: 'info', kind: 'text', continues: false, text: 'x' }
const ndjson = (...lines: object[]) => lines.map((line) => JSON.stringify(line) + '\n').join('')

describe('a page request', () => {
  it('of one container goes to its own route, below the base path', () =>
    expect(page_url('https://host/logs-of/', { containers: ['a/b'], order: 'desc', limit: 10, cursor: '1@2026-01-01T00:00:00Z' })).toBe(
      'https://host/logs-of/api/v1/containers/a%2Fb/logs?order=desc&limit=10&cursor=1%402026-01-01T00%3A00%3A00Z',
    ))
  it('of several selects them by an expression', () => {
    const url = new URL(page_url('http://h/', { containers: ['0123456789abcdef', 'b'], order: 'asc', limit: 5, levels: ['warn', 'error'] }))
    expect(url.pathname).toBe('/api/v1/logs')
    expect(Object.fromEntries(url.searchParams)).toEqual({ containers: 'id in ["0123456789ab","b"]', order: 'asc', limit: '5', levels: 'warn,error' })
  })
})

describe('a page', () => {
  it('has its lines and gaps, and tells whether there is more', () => {
    const gap = { gap: { container: 'a', after_seq: 1, before_seq: 3, after_cursor: null, before_cursor: null, lines: 1, reason: 'engine' } }
    const text = ndjson(record, gap, { unreadable: { container: 'b', reason: 'none' } }, { end: { matched: 1, truncated: true, cursor: null } })
    expect(parse_page(text)).toEqual({ entries: [record, gap], truncated: true })
  })
  it('that was cut off is an error, not a short page', () => expect(() => parse_page(ndjson(record))).toThrow('app.cut_off'))
})
