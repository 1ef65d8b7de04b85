import { expect, it, vi } from 'vitest'
import { ALL_LEVELS, LEVELS } from '@/features/logs/engine/entry'

vi.mock('uplot', () => ({ default: () => undefined }))
vi.mock('uplot/dist/uPlot.min.css', () => ({}))
const { stack } = await import('./histogram_chart')
const bar = (counts: Record<string, number>) => LEVELS.map((level) => counts[level] ?? 0)

it('bars stand on what is worst, and what is rare is seen', () => {
  const [fatal, error, warn, info] = stack([bar({ info: 1000, error: 1 }), bar({ info: 500 })], ALL_LEVELS)
  expect(fatal).toEqual([0, 0])
  expect(error![0]).toBeCloseTo(60.06)
  expect(warn).toEqual(error)
  expect(info![0]).toBeCloseTo(1060.06)
  expect(info![1]).toBe(500)
})
it('bars leave out the levels that are not shown', () => {
  const stacked = stack([bar({ info: 1000, error: 10 })], 1 << LEVELS.indexOf('error'))
  expect(stacked.at(-1)).toEqual([10])
})
