import { beforeEach, describe, expect, it } from 'vitest'
import type { ApiRecord, Level } from '@/lib/api/types'
import { ALL_LEVELS, BOTH_STREAMS, cursor_of, gap_entry, LEVELS, marker_entry, record_entry, STDERR, type RecordEntry } from './entry'
import { cursor, line as record, range, time as at } from './fake_server'
import { LogWindow } from './log_window'

const line = (seq: number, more: Partial<ApiRecord> = {}): RecordEntry => record_entry(record(seq, more))
const lines = (from: number, to: number, more: (seq: number) => Partial<ApiRecord> = () => ({})) => range(from, to).map((seq) => line(seq, more(seq)))
const gap = (after: number, before: number, missing: number | null = null) =>
  gap_entry({
    container: 'a',
    after_seq: after,
    before_seq: before,
    after_cursor: cursor(after),
    before_cursor: cursor(before),
    lines: missing,
    reason: 'slow_consumer',
  })
const only = (...levels: Level[]) => levels.reduce((mask, level) => mask | (1 << LEVELS.indexOf(level)), 0)
const seqs = (window: LogWindow) => window.rows.map((row) => (row.kind === 'record' ? row.seq : row.kind))

let window: LogWindow
beforeEach(() => {
  window = new LogWindow(100)
})

describe('the window', () => {
  it('keeps the lines of a clock that was set back in the order of their log', () => {
    // The third line states an earlier time; its place is where the log has got to.
    window.append([line(10), line(20), line(21, { time: at(5), place: at(20) }), line(22, { time: at(21) })])
    window.prepend([line(3)], false)
    expect(seqs(window)).toEqual([3, 10, 20, 21, 22])
    expect(cursor_of(line(21, { time: at(5), place: at(20) }), false)).toBe('21@2026-01-01T00:00:20.000000000Z')
  })

  it('keeps the newest lines and numbers the rows on', () => {
    window.append(lines(1, 100))
    expect(window.trim_start()).toBe(false)
    window.append(lines(101, 130))
    expect(window.trim_start()).toBe(true)
    expect(window.entries).toHaveLength(100)
    expect(window.row_base).toBe(30)
    expect(window.row(30)).toMatchObject({ seq: 31 })
    expect(window.counts[LEVELS.indexOf('info')]).toBe(100)
  })

  it('puts a late line of another container in its place', () => {
    window.append(lines(1, 5))
    const epoch = window.epoch
    window.append([line(3, { container: 'b', time: at(3) })])
    expect(window.rows.map((row) => `${row.container}${row.seq}`)).toEqual(['a1', 'a2', 'a3', 'b3', 'a4', 'a5'])
    expect(window.epoch).toBeGreaterThan(epoch)
  })

  it('does not start its numbering anew for lines that come in order', () => {
    window.append(lines(1, 5))
    const epoch = window.epoch
    window.append(lines(6, 200))
    window.trim_start()
    expect(window.epoch).toBe(epoch)
  })

  it('puts an older page before what it holds', () => {
    window.append(lines(11, 20))
    const epoch = window.epoch
    window.prepend(lines(1, 10), false)
    expect(seqs(window)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    // Rows keep their numbers: what is picked by them stays picked.
    expect(window.row_of(window.entries[10]!)).toBe(0)
    expect([window.row_base, window.epoch]).toEqual([-10, epoch])
  })

  it('drops its end when older pages fill it', () => {
    window.append(lines(51, 140))
    window.prepend(lines(1, 50), false)
    expect(window.trim_end()).toBe(true)
    expect(window.first?.seq).toBe(1)
    expect(window.last?.seq).toBe(100)
    expect(window.records).toBe(100)
  })

  it('shows events between the lines by their time', () => {
    window.append([...lines(1, 2), marker_entry('a', at(2), 'die', ''), line(3)])
    expect(seqs(window)).toEqual([1, 2, 'marker', 3])
  })
})

describe('levels and streams', () => {
  const mixed = (seq: number): Partial<ApiRecord> => ({
    level: seq % 10 === 0 ? 'error' : 'info',
    stream: seq % 2 ? 'stdout' : 'stderr',
  })

  it('are counted whether they are shown or not', () => {
    window.append(lines(1, 30, mixed))
    window.show(only('error'), BOTH_STREAMS)
    expect(seqs(window)).toEqual([10, 20, 30])
    expect(window.counts[LEVELS.indexOf('info')]).toBe(27)
    expect(window.counts[LEVELS.indexOf('error')]).toBe(3)
  })

  it('filter what comes later as well', () => {
    window.show(ALL_LEVELS, STDERR)
    window.append(lines(1, 4, mixed))
    expect(seqs(window)).toEqual([2, 4])
  })

  it('let hidden lines go first when the window is full', () => {
    window.show(only('error'), BOTH_STREAMS)
    for (let from = 1; from <= 901; from += 50) {
      window.append(lines(from, from + 49, mixed))
      window.trim_start()
    }
    expect(window.entries.length).toBeLessThanOrEqual(100)
    expect(seqs(window)).toEqual(Array.from({ length: 95 }, (_, i) => (i + 1) * 10))
    expect(window.row_base).toBe(0)
  })

  it('throw away a page that was loaded for another filter', () => {
    window.append(lines(101, 110, mixed))
    window.show(only('error'), BOTH_STREAMS)
    window.prepend([line(20, { level: 'error' }), line(50, { level: 'error' })], true)
    expect(seqs(window)).toEqual([20, 50, 110])
    expect(window.show(ALL_LEVELS, BOTH_STREAMS)).toBe(true)
    expect(seqs(window)).toEqual([101, 102, 103, 104, 105, 106, 107, 108, 109, 110])
    expect(window.records).toBe(10)
  })
})

describe('folding', () => {
  const trace = (from: number, to: number) => lines(from, to, (seq) => ({ continues: seq !== from, level: seq === from ? 'error' : 'unknown' }))

  it('hides continuations under their head and counts them', () => {
    window.append([...trace(1, 5), line(6)])
    expect(seqs(window)).toEqual([1, 6])
    expect(window.rows[0]).toMatchObject({ folded: 4, open: false })
  })

  it('is undone for one head or for all', () => {
    window.append([...trace(1, 3), ...trace(4, 6)])
    window.toggle(window.rows[0] as RecordEntry)
    expect(seqs(window)).toEqual([1, 2, 3, 4])
    window.set_fold(false)
    expect(seqs(window)).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('follows the container and stream when others come between', () => {
    window.append([line(1), line(1, { container: 'b', time: at(2) }), line(3, { continues: true }), line(4, { stream: 'stderr', continues: true })])
    expect(window.rows.map((row) => row.seq)).toEqual([1, 1, 4])
    expect(window.rows[0]).toMatchObject({ folded: 1 })
  })

  it('ties lines to a head that is loaded later', () => {
    const [head, ...rest] = trace(1, 4)
    window.append(rest)
    expect(seqs(window)).toEqual([2, 3, 4])
    window.prepend([head!], false)
    expect(seqs(window)).toEqual([1])
    expect(window.rows[0]).toMatchObject({ folded: 3 })
  })

  it('shows and counts a continuation at the level of its head', () => {
    window.append([...trace(1, 4), line(5)])
    window.show(only('error'), BOTH_STREAMS)
    window.set_fold(false)
    expect(seqs(window)).toEqual([1, 2, 3, 4])
    expect(window.counts[LEVELS.indexOf('error')]).toBe(1)
    expect(window.counts[LEVELS.indexOf('unknown')]).toBe(0)
  })

  it('keeps folded lines while hidden ones are evicted', () => {
    window.show(only('error'), BOTH_STREAMS)
    window.append([...trace(1, 4), ...lines(5, 150)])
    window.trim_start()
    window.toggle(window.rows[0] as RecordEntry)
    expect(seqs(window)).toEqual([1, 2, 3, 4])
  })
})

describe('gaps', () => {
  it('stand between their neighbours', () => {
    window.append([...lines(1, 3), gap(3, 8, 4), ...lines(8, 9)])
    expect(seqs(window)).toEqual([1, 2, 3, 'gap', 8, 9])
  })

  it('are filled in place without repeating a line', () => {
    const hole = gap(3, 8, 4)
    window.append([...lines(1, 3), hole, ...lines(8, 9)])
    window.fill(hole, lines(4, 8), null)
    expect(seqs(window)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(window.records).toBe(9)
  })

  it('shrink when only a part was loaded', () => {
    const hole = gap(3, 8, 4)
    window.append([...lines(1, 3), hole, ...lines(8, 9)])
    window.fill(hole, lines(4, 5), gap(5, 8, 2))
    expect(seqs(window)).toEqual([1, 2, 3, 4, 5, 'gap', 8, 9])
  })

  it('are filled between the lines of other containers', () => {
    const hole = gap(2, 6)
    window.append([...lines(1, 2), hole, line(1, { container: 'b', time: at(4) }), line(6)])
    window.fill(hole, lines(3, 5), null)
    expect(window.rows.map((row) => `${row.container}${row.seq}`)).toEqual(['a1', 'a2', 'a3', 'b1', 'a4', 'a5', 'a6'])
  })

  it('that are gone meanwhile stay gone', () => {
    window.append(lines(1, 3))
    window.fill(gap(3, 8), lines(4, 7), null)
    expect(seqs(window)).toEqual([1, 2, 3])
  })
})
