import { expect, it, vi } from 'vitest'

vi.mock('uplot', () => ({ default: () => undefined }))
const { whole_labels, with_room } = await import('./plot_parts')
const mark = (x: number, bad = false) => ({ x, bad })
const shown = (marks: ReturnType<typeof mark>[]) => with_room(marks, ({ x }) => x, 7).map(({ x }) => x)

it('marks that would cover each other are left out, those that tell of trouble last', () => {
  expect(shown([mark(0), mark(3), mark(10)])).toEqual([0, 10])
  expect(shown([mark(0), mark(3, true), mark(10)])).toEqual([3, 10])
  expect(shown([])).toEqual([])
})
it('a label of which an edge would cut something off is left out', () => {
  expect(whole_labels(['12:00', '12:15', '12:30'], (i) => [10, 100, 190][i]!, 200)).toEqual(['', '12:15', ''])
  expect(whole_labels(['12:00', '12:30'], (i) => [15, 185][i]!, 200)).toEqual(['12:00', '12:30'])
})
