import { describe, expect, it } from 'vitest'
import type { LineRow, Row } from './engine/view_messages'
import { anchor_in, kept_row, same_row } from './kept_rows'
import { RowHeights } from './row_heights'

const line = (id: number, more: Partial<LineRow & Row> = {}) => ({ kind: 'line', id, previous: null, look: 0, folded: 0, open: false, current: false, spans: { text: [`line ${id}`], style: [''] }, ...more }) as unknown as Row
const gap = (id: number) => ({ kind: 'gap', id, previous: null }) as unknown as Row
const heights_of = (count: number) => {
  const heights = new RowHeights(20)
  heights.range(0, count)
  return heights
}
const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => line(from + i))

describe('the row that is read', () => {
  it('is the first in sight, with what is cut of it above', () => {
    expect(anchor_in({ rows: ids(100, 20), from: 0 }, heights_of(20), { top: 45, height: 100 })).toEqual({ id: 102, row: 2, offset: -5 })
  })
  it('is the line after a gap, which may be filled', () => {
    expect(anchor_in({ rows: [gap(1), gap(2), line(3)], from: 0 }, heights_of(3), { top: 0, height: 60 })).toEqual({ id: 3, row: 2, offset: 40 })
    expect(anchor_in({ rows: [gap(1)], from: 0 }, heights_of(1), { top: 0, height: 60 })?.id).toBe(1)
  })
  it('is unknown while the rows in sight are not there', () => {
    expect(anchor_in({ rows: ids(100, 5), from: 0 }, heights_of(50), { top: 600, height: 100 })).toBeNull()
  })
})

describe('with rows that are numbered anew', () => {
  const mounted = { rows: ids(100, 10), from: 0 }
  const sight = { top: 45, height: 100 }
  const heights = heights_of(10)
  const anchor = anchor_in(mounted, heights, sight)!
  const kept = (marked: number | null, rows: Row[], from = 500) => kept_row(mounted, heights, sight, anchor, marked, { rows, from })

  it('the marked one stays, when it is in sight', () => {
    expect(kept(105, ids(100, 10))).toEqual({ anchor: { id: 105, row: 5, offset: 55 }, row: 505 })
    expect(kept(109, ids(100, 10))?.anchor.id).toBe(103)
  })
  it('else the first that is seen whole, else one that is cut', () => {
    expect(kept(null, ids(100, 10))).toEqual({ anchor: { id: 103, row: 3, offset: 15 }, row: 503 })
    expect(kept(null, ids(95, 8))).toEqual({ anchor: { id: 102, row: 2, offset: -5 }, row: 507 })
  })
  it('none stays where none of those in sight is left', () => {
    expect(kept(null, ids(300, 10))).toBeNull()
  })
})

describe('a row that is mounted', () => {
  it('is kept for one that looks the same', () => {
    expect(same_row(line(1), line(1))).toBe(true)
    expect(same_row({ kind: 'marker', id: 1, previous: 5 } as unknown as Row, { kind: 'marker', id: 1, previous: 5 } as unknown as Row)).toBe(true)
  })
  it.each([
    ['another line', line(2)],
    ['a gap', gap(1)],
    ['another line before it', line(1, { previous: 7 })],
    ['lines folded into it', line(1, { folded: 3 })],
    ['another presentation', line(1, { look: 1 })],
    ['a match', line(1, { spans: { text: ['line 1'], style: ['hit'] } as LineRow['spans'] })],
  ])('is not kept for %s', (_, other) => {
    expect(same_row(line(1), other)).toBe(false)
  })
  it('that is a gap is always made anew: it may be loading', () => {
    expect(same_row(gap(1), gap(1))).toBe(false)
  })
})
