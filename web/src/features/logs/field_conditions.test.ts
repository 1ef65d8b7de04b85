import { expect, it } from 'vitest'
import { parse_columns, print_columns, toggle_column } from './columns'
import { fields_of } from './engine/fields'
import { conditions_of, with_condition } from './field_conditions'

it.each([
  ['{"status":503}', 'fields?.status == 503', 'fields?.status != 503'],
  ['{"user":{"na me":"a\\"b"}}', 'fields?.user?.["na me"] == "a\\"b"', 'fields?.user?.["na me"] != "a\\"b"'],
  ['{"a.b":true}', 'fields?.["a.b"] == true', 'fields?.["a.b"] != true'],
  ['{"t":-1.5e3}', 'fields?.t == (-1500)', 'fields?.t != (-1500)'],
  ['{"id":12345678901234567890}', 'fields?.id == 12345678901234567000.0', 'fields?.id != 12345678901234567000.0'],
  ['{"x":null}', 'fields?.x == nil', 'fields?.x != nil'],
  ['{"tags":["a", 1]}', 'text contains "[\\"a\\", 1]"', 'not (text contains "[\\"a\\", 1]")'],
])('of %s', (line, is, is_not) => expect(conditions_of(fields_of(line, 'json')![0]!)).toEqual({ is, is_not }))

it('of a long text is its beginning', () => expect(conditions_of({ path: ['sql'], value: 'x'.repeat(9000), type: 'text' }).is).toBe(`(fields?.sql ?? "") startsWith "${'x'.repeat(200)}"`))

it.each([
  ['', 'c'],
  ['fields?.a != 1', 'fields?.a != 1 and c'],
  ['a or b', '(a or b) and c'],
  ['a || b', '(a || b) and c'],
  ['(a ?? 0) > 1', '((a ?? 0) > 1) and c'],
  ['x ? y : z', '(x ? y : z) and c'],
  ['a and b', 'a and b and c'],
])('%j and a condition', (filter, expected) => expect(with_condition(filter, 'c')).toBe(expected))

it('columns are as wide as what stands in them, within reason, and a second time they are taken away', () => {
  const two = toggle_column(toggle_column([], 'status', '200'), 'user.agent', 'x'.repeat(300))
  expect(two).toEqual([
    { name: 'status', width: 11 },
    { name: 'user.agent', width: 40 },
  ])
  expect(toggle_column(two, 'status', '')).toEqual([{ name: 'user.agent', width: 40 }])
  const many = Array.from({ length: 12 }, (_, i) => ({ name: `c${i}`, width: 8 }))
  expect(toggle_column(many, 'one more', '')).toEqual(many)
  expect(parse_columns(print_columns(many))).toEqual(many)
  expect(parse_columns('a:1,a:9,b:999,c:99')).toEqual([
    { name: 'a', width: 4 },
    { name: 'b', width: 80 },
    { name: 'c', width: 80 },
  ])
})
