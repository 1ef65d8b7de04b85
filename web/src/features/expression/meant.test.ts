import { expect, it } from 'vitest'
import { meant_by_equals } from './meant'

it.each([
  ['level = "error"', 'level == "error"'],
  ['level = error', 'level == "error"'],
  ['level="error"', 'level == "error"'.replaceAll(' ', '')],
  ['fields.status = 500 and level = "warn"', 'fields.status == 500 and level == "warn"'],
  ['level == "error"', null],
  ['status=500', null],
  ['let x = 1; x > 2', null],
  ['a = b', null],
  ['level =', null],
  ['', null],
])('%j is meant as %j', (text, meant) => expect(meant_by_equals(text, 'log')).toBe(meant))
