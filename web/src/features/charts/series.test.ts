import { describe, expect, it } from 'vitest'
import { align, counted, extent_at, has_figures, value_at, with_gaps } from './series'

const NOW = 1_000_000
const HOUR = 3600

describe('figures over time', () => {
  it('have a break where one is missing, by how finely they are kept at their age', () => {
    const at = (ago: number[]) => with_gaps({ times: ago.map((s) => NOW - s), values: ago.map(() => 1) }, 1, NOW).values
    // Ten seconds apart while nobody watches, a second late.
    expect(at([40, 29, 19])).toEqual([1, 1, 1])
    expect(at([60, 19, 9])).toEqual([1, null, 1, 1])
    expect(at([7 * HOUR, 7 * HOUR - 60])).toEqual([1, 1])
    expect(at([7 * HOUR, 7 * HOUR - 180])).toEqual([1, null, 1])
    expect(at([49 * HOUR, 49 * HOUR - 600])).toEqual([1, 1])
  })
  it('are neighbours within the step that was asked for', () => {
    const spaced = { times: [NOW - 900, NOW - 600, NOW - 300], values: [1, 2, 3] }
    expect(with_gaps(spaced, 300, NOW)).toEqual(spaced)
    expect(with_gaps(spaced, 100, NOW).values).toEqual([1, null, 2, null, 3])
  })
  it('that were not known stay so: they are not 0', () => {
    const series = { times: [1, 2], values: [null, 0] }
    expect(with_gaps(series, 1, 3)).toEqual(series)
    expect(has_figures(series)).toBe(true)
    expect(has_figures({ times: [1], values: [null] })).toBe(false)
  })
  it('of several share their times, and go on where only another one has a figure', () => {
    expect(align([{ times: [1, 3], values: [10, 30] }, { times: [2, 3], values: [null, 33] }])).toEqual({ times: [1, 2, 3], columns: [[10, undefined, 30], [undefined, null, 33]] })
    expect(align([])).toEqual({ times: [], columns: [] })
  })
  it('hold for a while and no longer', () => {
    const series = { times: [10, 20], values: [1, null] }
    expect([9, 10, 19, 20, 26].map((time) => value_at(series, time, 15))).toEqual([null, 1, 1, null, null])
    expect(value_at({ times: [10], values: [1] }, 26, 15)).toBeNull()
  })
  it('that are means say what they lay between, with the same breaks', () => {
    const spaced = with_gaps({ times: [NOW - 900, NOW - 600, NOW - 590], values: [1, 2, 3], band: { least: [0, 2, 1], greatest: [4, 2, 9] } }, 10, NOW)
    expect(spaced.band).toEqual({ least: [0, null, 2, 1], greatest: [4, null, 2, 9] })
    expect([NOW - 895, NOW - 700, NOW - 595, NOW - 585].map((time) => extent_at(spaced, time, 16))).toEqual([{ least: 0, greatest: 4 }, null, null, { least: 1, greatest: 9 }])
    expect(extent_at({ times: [1], values: [1] }, 1, 5)).toBeNull()
  })
  it('count what has happened within the range', () => {
    expect(counted([5, 12, 14, 30], 10, 20)).toEqual({ times: [10, 12, 14, 20], values: [0, 1, 2, 2] })
    expect(counted([], 10, 20)).toEqual({ times: [10, 20], values: [0, 0] })
  })
})
