import { expect, it } from 'vitest'
import { active_call, parameters_of } from './signature'

it.each([
  ['len(|', 'len', 0],
  ['trim(text, |)', 'trim', 1],
  ['replace(text, "a,b(", |', 'replace', 2],
  ['len(split(text, |))', 'split', 1],
  ['len(split(text, ",")|)', 'len', 0],
  ['any(mounts, {.usedPercent > [1, 2, |', 'any', 1],
  ['max(1, 2, 3, |', 'max', 0],
  ['now(|)', 'now', 0],
  ['trim(text, /* , */|', 'trim', 1],
  ['len|(text)', null, 0],
  ['len(text)|', null, 0],
  ['time.round(|', null, 0],
  ['unknown(|', null, 0],
  ['(1, |', null, 0],
  ['', null, 0],
])('at %j stands the call of %s, parameter %i', (marked, name, parameter) => {
  const call = active_call(marked.replace('|', ''), marked.indexOf('|'))
  expect(call?.called.name ?? null).toBe(name)
  if (call) expect(call.parameter).toBe(parameter)
})
it('a signature names its parameters', () => {
  expect(parameters_of('trim(text, characters?) string')).toEqual(['text', 'characters?'])
  expect(parameters_of('now() time')).toEqual([])
})
