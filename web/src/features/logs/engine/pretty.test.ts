import { describe, expect, it } from 'vitest'
import { pretty_json, pretty_logfmt } from './pretty'

const text_of = (json: string) => pretty_json(json)?.text.join('')

describe('pretty JSON', () => {
  it('is laid out like JSON.stringify does', () => {
    const value = { a: 1, b: [1, 'x', { c: null, d: true }], empty: {}, none: [], 'k"ey': 'a\\b"c:{}' }
    expect(text_of(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
    expect(text_of(JSON.stringify(value, null, 7))).toBe(JSON.stringify(value, null, 2))
  })
  it('keeps every digit of a number and repeated keys', () => {
    expect(text_of('{"id":12345678901234567890,"x":1.50,"x":1e3}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "x": 1.50,\n  "x": 1e3\n}',
    )
  })
  it('tells keys from strings', () => {
    const spans = pretty_json('{"a":"b"}')!
    expect(spans.text.map((t, i) => [t.trim(), spans.style[i]]).filter(([t]) => t)).toEqual([
      ['{', 'mark'],
      ['"a"', 'key'],
      [':', 'mark'],
      ['"b"', 'string'],
      ['}', 'mark'],
    ])
  })
  it('shows the ends of lines within a text as such, and no others', () => {
    expect(text_of(String.raw`{"stack":"Error: x\n\tat a (b.js:1)","path":"C:\\new","k\n":1}`)).toBe('{\n  "stack": "Error: x\n    \tat a (b.js:1)",\n  "path": "C:\\\\new",\n  "k\\n": 1\n}')
  })
  it.each(['{', '{"a":}', 'text', '{"a":1} trailing'])('%j is none', (text) => expect(pretty_json(text)).toBeUndefined())
})

describe('pretty logfmt', () => {
  it('puts one pair on a line', () => {
    expect(pretty_logfmt('level=info msg="hello there" n=3 empty=')?.text.join('')).toBe(
      'level = info\nmsg = "hello there"\nn = 3\nempty = ',
    )
  })
  it('of a line without pairs is none', () => expect(pretty_logfmt('plain text')).toBeUndefined())
})
