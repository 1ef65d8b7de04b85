import { expect, it, vi } from 'vitest'

vi.mock('uplot', () => ({ default: () => undefined }))
vi.mock('uplot/dist/uPlot.min.css', () => ({}))
const { banded, scale_of } = await import('./metric_chart')
const line = (values: (number | null)[], limit: number | null = null, hidden = false) => ({ series: { times: values.map((_, i) => i), values }, limit, hidden })

it('a limit is drawn where figures come near it, and does not press them flat where they do not', () => {
  expect(scale_of([line([1, 3], 4)], 0)).toEqual({ top: 4 * 1.08, limits: [4] })
  expect(scale_of([line([1, 3], 400)], 0)).toEqual({ top: 3 * 1.08, limits: [] })
})
it('limits of many lines are not drawn', () => expect(scale_of([line([1], 2), line([1], 2), line([1], 2)], 0).limits).toEqual([]))
it('noise near zero does not look like load, and what is hidden does not count', () => {
  expect(scale_of([line([0.001, null])], 0.05).top).toBeCloseTo(0.054)
  expect(scale_of([line([1]), line([100], 120, true)], 0)).toEqual({ top: 1.08, limits: [] })
})
it('there is room for what figures lay between, where that is drawn: of few lines, and not of those that are hidden', () => {
  const means = (hidden = false) => ({ ...line([1, 2], null, hidden), series: { times: [0, 1], values: [1, 2], band: { least: [0, 1], greatest: [8, 3] } } })
  expect(scale_of([means()], 0).top).toBe(8 * 1.08)
  expect(banded([means(), line([1]), means(true)])).toEqual([true, false, false])
  const many = [means(), means(), means(), means()]
  expect(banded(many)).toEqual([false, false, false, false])
  expect(scale_of(many, 0).top).toBe(2 * 1.08)
  expect(banded([means(), means(true), means(true), means(true)])[0]).toBe(true)
})
