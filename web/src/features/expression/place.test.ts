import { describe, expect, it } from 'vitest'
import { fault_in, offset_of, range_of } from './place'

describe('a fault is marked', () => {
  it.each([
    ['lvel == 1', 0, 4, 'lvel'],
    ['a + ', 4, 0, ''],
    ['a ) b', 2, 0, ')'],
    ['😀 + lvel', 4, 4, 'lvel'],
    ['"😀" ?', 4, 1, '?'],
    ['a', 99, 5, ''],
    ['a', -3, 1, 'a'],
    ['', 0, 0, ''],
  ])('in %j from %i for %i at %j', (text, offset, length, marked) => {
    const { from, to } = range_of(text, { offset, length })
    expect(text.slice(from, to)).toBe(marked)
  })
  it('at the end where the text goes no further', () => expect(range_of('a + ', { offset: 4, length: 0 })).toEqual({ from: 4, to: 4 }))
})

it.each([
  ['abc', 1, 3, 2],
  ['ab\ncd', 2, 2, 4],
  ['😀\ncd', 2, 1, 2],
  ['abc', 1, 99, 3],
  ['abc', 9, 9, 3],
  ['abc', 0, 0, 0],
])('the place %j line %i column %i is after %i code points', (text, line, column, offset) => expect(offset_of(text, line, column)).toBe(offset))

it('a fault is placed behind the white space that was not sent', () => expect(fault_in('  ab cde ', { message: 'no', offset: 2, length: 3 })).toEqual({ message: 'no', offset: 4, length: 3 }))
