import { describe, expect, it } from 'vitest'
import { take_slots } from './row_slots'

const rows = (from: number, count: number) => Array.from({ length: count }, (_, i) => `row ${from + i}`)

describe('the elements of rows', () => {
  it('are numbered as rows come', () => {
    expect([...take_slots(new Map(), rows(0, 3)).values()]).toEqual([0, 1, 2])
  })
  it('stay with rows that stay, and pass from those that leave to those that come', () => {
    const before = take_slots(new Map(), rows(0, 5))
    const after = take_slots(before, rows(2, 5))
    for (const row of rows(2, 3)) expect(after.get(row)).toBe(before.get(row))
    expect([after.get('row 5'), after.get('row 6')].sort()).toEqual([0, 1])
  })
  it('stay with rows that are only put in another order', () => {
    const before = take_slots(new Map(), rows(0, 4))
    expect(take_slots(before, rows(0, 4).reverse())).toEqual(new Map([...before].reverse()))
  })
  it('are new for rows that come where none are lent', () => {
    const before = take_slots(new Map(), rows(0, 5))
    const after = take_slots(before, rows(2, 5), false)
    for (const row of rows(2, 3)) expect(after.get(row)).toBe(before.get(row))
    expect([after.get('row 5'), after.get('row 6')]).toEqual([5, 6])
  })
  it('are never shared, however many rows there are', () => {
    let slots = new Map<string, number>()
    for (const [from, count] of [[0, 10], [7, 3], [100, 25], [90, 30], [0, 0], [50, 12]] as const) {
      slots = take_slots(slots, rows(from, count))
      expect(new Set(slots.values()).size).toBe(count)
    }
  })
})
