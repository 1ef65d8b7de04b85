import { expect, it } from 'vitest'
import { active_call, parameter_of, parameters_of } from './signature'

it.each([
  ['len(|', 'len', 0],
  ['trim(text, |)', 'trim', 1],
  ['replace(text, "a,b(", |', 'replace', 2],
  ['len(split(text, |))', 'split', 1],
  ['len(split(text, ",")|)', 'len', 0],
  ['any(mounts, {.usedPercent > [1, 2, |', 'any', 1],
  ['max(1, 2, 3, |', 'max', 3],
  ['now(|)', 'now', 0],
  ['trim(text, /* , */|', 'trim', 1],
  ['len|(text)', null, 0],
  ['len(text)|', null, 0],
  ['time.round(|', null, 0],
  ['unknown(|', null, 0],
  ['(1, |', null, 0],
  ['', null, 0],
])('at %j stands the call of %s, argument %i', (marked, name, argument) => {
  const call = active_call(marked.replace('|', ''), marked.indexOf('|'))
  expect(call?.name ?? null).toBe(name)
  if (call) expect(call.argument).toBe(argument)
})
it('a signature names its parameters', () => {
  expect(parameters_of('trim(text, characters?) string')).toEqual(['text', 'characters?'])
  expect(parameters_of('now() time')).toEqual([])
  expect([parameter_of('max(number…) number', 3), parameter_of('trim(text, characters?) string', 1), parameter_of('now() time', 0)]).toEqual([0, 1, 0])
})
