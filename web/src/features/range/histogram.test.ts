import { afterEach, describe, expect, it, vi } from 'vitest'
import { LEVELS } from '@/features/logs/engine/entry'
import { count, lines_in, volume_of, type Question } from './histogram'
import { parse_range } from './time_range'

const START = Date.UTC(2026, 10, 21, 9)
const NOW = START + 3_600_000
const iso = (ms: number) => new Date(ms).toISOString()
const [INFO, ERROR] = [LEVELS.indexOf('info'), LEVELS.indexOf('error')]

/** A server with one line a minute since START, each tenth an error; it keeps the questions it was asked. */
function fake_server(): URLSearchParams[] {
  const asked: URLSearchParams[] = []
  vi.stubGlobal('document', { baseURI: 'http://taffrail.test/' })
  vi.stubGlobal('fetch', async (url: URL) => {
    const { searchParams } = url
    asked.push(searchParams)
    const since = Date.parse(searchParams.get('since') ?? iso(START))
    const until = Date.parse(searchParams.get('until') ?? iso(NOW))
    const bars = Number(searchParams.get('buckets'))
    const total: Record<string, number> = {}
    const buckets = Array.from({ length: bars }, (_, i) => ({ time: iso(since + ((until - since) / bars) * i), counts: {} as Record<string, number> }))
    for (let n = 0; START + n * 60_000 < NOW; n += 1) {
      const at = Math.floor(((START + n * 60_000 - since) / (until - since)) * bars)
      const level = n % 10 === 0 ? 'error' : 'info'
      if (!buckets[at]) continue
      buckets[at].counts[level] = (buckets[at].counts[level] ?? 0) + 1
      total[level] = (total[level] ?? 0) + 1
    }
    return new Response(JSON.stringify({ from: iso(since), to: iso(until), buckets: buckets.filter(({ counts }) => Object.keys(counts).length), total }))
  })
  return asked
}
afterEach(() => vi.unstubAllGlobals())

const question = (more: Partial<Question> = {}): Question => ({ containers: 'id in ["a"]', filter: '', streams: [], range: parse_range(''), most: 60, ...more })
const { signal } = new AbortController()

describe('counting', () => {
  it('of a whole log has its beginning looked up, once', async () => {
    const asked = fake_server()
    const { volume, first } = await count(question(), null, NOW, signal)
    expect(first).toBe(START)
    expect(volume).toMatchObject({ since: START, lines: 60, width: 120_000 })
    expect(volume.times).toHaveLength(30)
    await count(question(), first, NOW + 1000, signal)
    expect(asked.map((each) => each.get('since'))).toEqual([null, iso(START), iso(START)])
  })
  it('asks for exactly the range, filter and stream that are shown', async () => {
    const asked = fake_server()
    const { volume } = await count(question({ filter: 'level == "error"', streams: ['stderr'], range: parse_range(`${iso(START)}..${iso(START + 600_000)}`) }), null, NOW, signal)
    expect(Object.fromEntries(asked[0]!)).toEqual({ containers: 'id in ["a"]', filter: 'level == "error"', streams: 'stderr', since: iso(START), until: iso(START + 600_000), buckets: '60' })
    expect(volume.total[ERROR]).toBe(1)
    expect(lines_in(volume.total, 1 << INFO)).toBe(9)
  })
  it('puts each line into its bar, and leaves bars without lines empty', async () => {
    fake_server()
    const { volume } = await count(question({ range: parse_range(`${iso(START - 600_000)}..${iso(START + 600_000)}`), most: 20 }), null, NOW, signal)
    expect(volume.counts.map((bar) => lines_in(bar, ~0))).toEqual([...Array(10).fill(0), ...Array(10).fill(1)])
    expect(volume.counts[10]![ERROR]).toBe(1)
  })
})

it('an answer about a moment without lines has no bar that is anything', () => {
  expect(volume_of({ from: iso(START), to: iso(START), buckets: [], total: {} }, 3)).toMatchObject({ lines: 0, counts: [[], [], []].map(() => LEVELS.map(() => 0)) })
})
