import { expect, it } from 'vitest'
import { choose_line } from './legend'

const ALL = ['a', 'b', 'c']
const after = (...steps: [line: string, mute: boolean][]) => [...steps.reduce((hidden, [line, mute]) => choose_line(hidden, ALL, line, mute), new Set<string>() as ReadonlySet<string>)].sort()

it('a line is shown alone, another one instead, and all again', () => {
  expect(after(['a', false])).toEqual(['b', 'c'])
  expect(after(['a', false], ['b', false])).toEqual(['a', 'c'])
  expect(after(['a', false], ['a', false])).toEqual([])
})
it('lines are hidden and shown again one by one', () => {
  expect(after(['a', true])).toEqual(['a'])
  expect(after(['a', true], ['b', true])).toEqual(['a', 'b'])
  expect(after(['a', true], ['b', true], ['a', true])).toEqual(['b'])
  // What is left alone that way is alone: choosing it brings all back.
  expect(after(['a', true], ['b', true], ['c', false])).toEqual([])
})
it('what is not there any more is forgotten', () => expect([...choose_line(new Set(['gone']), ALL, 'a', true)]).toEqual(['a']))
