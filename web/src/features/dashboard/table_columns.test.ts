import { describe, expect, it } from 'vitest'
import { CHOOSABLE, fitting_columns } from './table_columns'

describe('the columns of the table', () => {
  it('are all there where there is room', () => expect(fitting_columns([], 1400).columns).toEqual([...CHOOSABLE]))
  it('are those that were chosen', () => expect(fitting_columns(['image', 'net', 'nonsense'], 1400).columns).toEqual(['state', 'restarts', 'up', 'lines', 'errors', 'cpu', 'memory', 'block']))
  it('go one after the other where it is narrow, and always fit', () => {
    for (let width = 1400, last: number = CHOOSABLE.length; width >= 320; width -= 10) {
      const { columns, template } = fitting_columns([], width)
      expect(columns.length).toBeLessThanOrEqual(last)
      last = columns.length
      const least = [...template.matchAll(/(\d+)px/g)].reduce((sum, [, pixels]) => sum + +pixels!, 0)
      expect(least).toBeLessThanOrEqual(width)
    }
    expect(fitting_columns([], 760).columns).toEqual(['state', 'errors', 'cpu', 'memory'])
  })
})
