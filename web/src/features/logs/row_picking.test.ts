import { describe, expect, it } from 'vitest'
import { create_picking, first_of, last_of } from './row_picking'

describe('picking rows', () => {
  it('goes from the mark to where it is extended, in both directions', () => {
    const picking = create_picking()
    picking.extend(8, 5)
    picking.extend(3, 8)
    expect(picking.picked.value).toEqual({ from: 5, to: 3 })
    expect([first_of(picking.picked.value!), last_of(picking.picked.value!)]).toEqual([3, 5])
  })
  it('takes the place of a selection only when the row in which it began is gone', () => {
    const picking = create_picking()
    expect(picking.drag(7, 0, 100)).toBe(false)
    picking.press(10)
    expect(picking.drag(50, 0, 100)).toBe(false)
    expect(picking.picked.value).toBeNull()
    expect(picking.drag(300, 200, 400)).toBe(true)
    // Back again, it stays what it has become.
    expect(picking.drag(12, 0, 100)).toBe(true)
    expect(picking.picked.value).toEqual({ from: 10, to: 12 })
    picking.release()
    expect(picking.drag(13, 0, 100)).toBe(false)
    expect(picking.picked.value).toEqual({ from: 10, to: 12 })
  })
  it('follows the rows to their new numbers, and ends where they are unknown', () => {
    const picking = create_picking()
    picking.extend(8, 5)
    picking.press(5)
    picking.renumber(100)
    expect(picking.picked.value).toEqual({ from: 105, to: 108 })
    expect(picking.drag(300, 290, 310)).toBe(true)
    expect(picking.picked.value).toEqual({ from: 105, to: 300 })
    picking.renumber(null)
    expect(picking.picked.value).toBeNull()
  })
})
