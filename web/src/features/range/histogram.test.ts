import { afterEach, describe, expect, it, vi } from 'vitest'
import { LEVELS } from '@/features/logs/engine/entry'
import { count, lines_in, volume_of, type Question } from './histogram'
import { parse_range } from './time_range'

const START = Date.UTC(2026, 10, 21, 9)
const NOW = START + 3_600_000
const WIDTH = 120_000
const iso = (ms: number) => new Date(ms).toISOString()
const [INFO, ERROR] = [LEVELS.indexOf('info'), LEVELS.indexOf('error')]

/** A server with one line a minute since START, each tenth an error, that makes bars of two minutes; it keeps the questions it was asked. */
function fake_server(): URLSearchParams[] {
  const asked: URLSearchParams[] = []
  vi.stubGlobal('document', { baseURI: 'http://taffrail.test/' })
  vi.stubGlobal('fetch', async (url: URL) => {
    asked.push(url.searchParams)
    const since = Date.parse(url.searchParams.get('since') ?? iso(START))
    const until = Date.parse(url.searchParams.get('until') ?? iso(START + 3_540_001))
    const first = Math.floor(since / WIDTH)
    const buckets = Array.from({ length: Math.ceil(until / WIDTH) - first }, (_, i) => ({ time: iso((first + i) * WIDTH), counts: {} as Record<string, number> }))
    const total: Record<string, number> = {}
    for (let n = 0; n < 60; n += 1) {
      const ms = START + n * 60_000
      if (ms < since || ms >= until) continue
      const level = n % 10 === 0 ? 'error' : 'info'
      const { counts } = buckets[Math.floor(ms / WIDTH) - first]!
      counts[level] = (counts[level] ?? 0) + 1
      total[level] = (total[level] ?? 0) + 1
    }
    return new Response(JSON.stringify({ from: iso(first * WIDTH), until: iso((first + buckets.length) * WIDTH), step: '2m', buckets, total, complete: true, damaged_lines: 0 }))
  })
  return asked
}
afterEach(() => vi.unstubAllGlobals())

const question = (more: Partial<Question> = {}): Question => ({ containers: 'id in ["a"]', filter: '', streams: [], range: parse_range(''), most: 60, ...more })
const { signal } = new AbortController()

describe('counting', () => {
  it('of a whole log leaves its ends to the server, and goes on to now', async () => {
    const asked = fake_server()
    const volume = await count(question(), NOW + 10 * WIDTH, signal)
    expect(Object.fromEntries(asked[0]!)).toEqual({ containers: 'id in ["a"]', buckets: '60' })
    expect(volume).toMatchObject({ since: START, until: NOW + 10 * WIDTH, width: WIDTH, lines: 60, partial: false })
    expect(volume.times).toHaveLength(40)
    expect(lines_in(volume.counts.at(-1)!, ~0)).toBe(0)
  })
  it('asks for exactly the range, filter and stream that are shown', async () => {
    const asked = fake_server()
    const volume = await count(question({ filter: 'level == "error"', streams: ['stderr'], range: parse_range(`${iso(START)}..${iso(START + 600_000)}`) }), NOW, signal)
    expect(Object.fromEntries(asked[0]!)).toEqual({ containers: 'id in ["a"]', filter: 'level == "error"', streams: 'stderr', since: iso(START), until: iso(START + 600_000), buckets: '60' })
    expect(volume.total[ERROR]).toBe(1)
    expect(lines_in(volume.total, 1 << INFO)).toBe(9)
    expect(volume.times).toHaveLength(5)
  })
  it('stands still while time goes on, until there is another bar', async () => {
    fake_server()
    const bars = async (now: number) => (await count(question(), now, signal)).times
    expect(await bars(NOW + 61_000)).toEqual(await bars(NOW + 1000))
  })
})

it('what has no line has no bar', () => {
  const nothing = { from: null, until: null, step: '1s', buckets: [], total: {}, complete: true, damaged_lines: 0 }
  expect(volume_of(nothing, NOW)).toMatchObject({ lines: 0, counts: [], until: NOW })
})
