import { describe, expect, it } from 'vitest'
import { seen_fields, seen_values } from './seen'

describe('the fields of lines', () => {
  it('are those of JSON, with their values as they are written in an expression', () => {
    expect(seen_fields(['{"status":200,"user":{"name":"Ada"},"ok":true,"tags":["a"],"none":null}', ' {"status":503}', '{"cut'])).toEqual([
      { path: 'status', values: ['200', '503'] },
      { path: 'user', values: [] },
      { path: 'user.name', values: ['"Ada"'] },
      { path: 'ok', values: ['true'] },
      { path: 'tags', values: [] },
      { path: 'none', values: [] },
    ])
  })
  it('are those of logfmt, where values always are text', () => {
    expect(seen_fields(['level=info msg="two words" took=12ms', 'see a=b', 'no pairs here'])).toEqual([
      { path: 'level', values: ['"info"'] },
      { path: 'msg', values: ['"two words"'] },
      { path: 'took', values: ['"12ms"'] },
    ])
  })
  it('are few of many', () => {
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i])))
    expect(seen_fields([wide]).length).toBe(300)
    const many = Array.from({ length: 500 }, (_, i) => `{"a":${i}}`)
    expect(seen_fields(many)[0]!.values.length).toBe(30)
    expect(seen_fields([`{"a":"${'x'.repeat(20_000)}"}`, `{"b":"${'x'.repeat(200)}"}`])).toEqual([{ path: 'b', values: [] }])
  })
})

it('values of a variable are given once, and none that is empty', () =>
  expect(seen_values('container.service', ['api', '', null, 'api', 'a"b'])).toEqual({ path: 'container.service', values: ['"api"', '"a\\"b"'] }))
