import { expect, it } from 'vitest'
import { day_headings } from './days'

const at = (day: number, hour: number) => Date.UTC(2026, 5, day, hour)
const rows = [at(1, 20), at(1, 23), at(2, 0), at(4, 9)].map((ms, i, all) => ({ ms, previous: all[i - 1] ?? null }))

it('has a heading where a day begins, and over the very first line', () => {
  expect(day_headings(rows, true, 'utc')).toEqual(['Monday, June 1, 2026', '', 'Tuesday, June 2, 2026', 'Thursday, June 4, 2026'])
})
it('knows nothing of a first row before which more is to be loaded', () => {
  expect(day_headings(rows, false, 'utc')[0]).toBe('')
  expect(day_headings([{ ms: at(2, 0), previous: at(1, 23) }], false, 'utc')).toEqual(['Tuesday, June 2, 2026'])
})
