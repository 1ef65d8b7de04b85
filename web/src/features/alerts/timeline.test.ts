import { describe, expect, it, vi } from 'vitest'
import type { Alert } from '@/lib/api/types'
import { CELL_MS, load_recent, make_timeline } from './timeline'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 10, 27, 10, 30)
const day_start = (ms: number) => Math.floor(ms / 86_400_000) * 86_400_000
const alert = (id: number, rule: number, hours_ago: number, lasts_hours: number | null, severity: Alert['severity'] = 'warning') =>
  ({
    id,
    rule,
    severity,
    started: new Date(NOW - hours_ago * HOUR).toISOString(),
    ended: lasts_hours === null ? null : new Date(NOW - (hours_ago - lasts_hours) * HOUR).toISOString(),
    notification: { rule: { name: `rule ${rule}` } },
  }) as unknown as Alert

describe('the time line', () => {
  it('reaches from the beginning of a day to the end of this one', () => {
    const { from, to, cells, days } = make_timeline([], NOW, day_start)
    expect(new Date(from).toISOString()).toBe('2026-11-21T00:00:00.000Z')
    expect(new Date(to).toISOString()).toBe('2026-11-28T00:00:00.000Z')
    expect(cells).toBe((7 * 24 * HOUR) / CELL_MS)
    expect(days.map(({ ms }) => new Date(ms).getUTCDate())).toEqual([21, 22, 23, 24, 25, 26, 27])
    expect(days[0]!.at).toBe(0)
  })
  it('has an alert in each stretch that it lasted, and counts it where it began', () => {
    const [row] = make_timeline([alert(1, 5, 10, 7)], NOW, day_start).rows
    // From 00:30 to 07:30: the first three of the day's stretches.
    expect(row!.cells.map(({ at, began, there }) => [at - 48, began, there])).toEqual([[0, 1, 1], [1, 0, 1], [2, 0, 1]])
    expect([row!.rule, row!.name, row!.began]).toEqual([5, 'rule 5', 1])
  })
  it('shows what still is there up to now, and the worst of a stretch', () => {
    const [row] = make_timeline([alert(2, 1, 1, null, 'critical'), alert(1, 1, 1.2, 0.1, 'info')], NOW, day_start).rows
    expect(row!.cells.map(({ at, began, there, worst }) => [at - 48, began, there, worst])).toEqual([[3, 2, 2, 'critical']])
  })
  it('has the rules with most first, and what is left together in the last row', () => {
    const alerts = Array.from({ length: 9 }, (_, rule) => Array.from({ length: 9 - rule }, (_, i) => alert(rule * 10 + i, rule, 5, 1))).flat()
    expect(make_timeline(alerts, NOW, day_start).rows.map(({ rule, began }) => [rule, began])).toEqual([[0, 9], [1, 8], [2, 7], [3, 6], [4, 5], [null, 10]])
    expect(make_timeline(alerts.filter(({ rule }) => rule < 6), NOW, day_start).rows.map(({ rule }) => rule)).toEqual([0, 1, 2, 3, 4, 5])
  })
  it('says from when on it is whole where there are too many', async () => {
    vi.stubGlobal('document', { baseURI: 'http://x/' })
    const asked: string[] = []
    let id = 5000
    vi.stubGlobal('fetch', async (url: URL) => {
      asked.push(url.search)
      id -= 1000
      return new Response(JSON.stringify({ alerts: [alert(id, 1, 5000 - id, 1)], next: id }))
    })
    expect((await load_recent(7, new AbortController().signal)).incomplete_before).toBe(NOW - 4000 * HOUR)
    expect(asked).toEqual(['?since=7d&limit=1000&rule=7', '?since=7d&limit=1000&rule=7&before=4000', '?since=7d&limit=1000&rule=7&before=3000', '?since=7d&limit=1000&rule=7&before=2000'])
    vi.unstubAllGlobals()
  })
})
