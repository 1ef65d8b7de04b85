import { describe, expect, it } from 'vitest'
import { RowHeights } from './row_heights'

const rows = (count: number, first = 0) => {
  const heights = new RowHeights(20)
  heights.range(first, count)
  return heights
}

describe('row heights', () => {
  it('of plain rows are all the same', () => {
    const heights = rows(1000, 50)
    expect([heights.total, heights.top(60), heights.row_at(199), heights.row_at(200)]).toEqual([20_000, 200, 59, 60])
  })
  it('keep to the rows there are', () => {
    const heights = rows(10)
    expect([heights.row_at(-50), heights.row_at(5000)]).toEqual([0, 9])
    expect(rows(0).row_at(100)).toBe(0)
  })
  it('count measured rows at their height', () => {
    const heights = rows(100)
    expect(heights.set(10, 60)).toBe(true)
    expect(heights.set(5, 20)).toBe(false)
    expect(heights.set(10, 60.2)).toBe(false)
    expect([heights.top(10), heights.top(11), heights.total]).toEqual([200, 260, 2040])
    expect([heights.row_at(259), heights.row_at(260)]).toEqual([10, 11])
    expect(heights.set(10, 20)).toBe(true)
    expect(heights.total).toBe(2000)
  })
  it('move with their rows and are forgotten with them', () => {
    const heights = rows(100)
    heights.set(10, 60)
    heights.set(90, 40)
    heights.shift(25)
    heights.range(0, 125)
    expect([heights.top(36), heights.total]).toEqual([36 * 20 + 40, 125 * 20 + 60])
    heights.range(40, 85)
    expect(heights.total).toBe(85 * 20 + 20)
    heights.range(40, 20)
    expect(heights.total).toBe(400)
  })
})
