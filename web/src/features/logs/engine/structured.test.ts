import { describe, expect, it } from 'vitest'
import type { ApiRecord } from '@/lib/api/types'
import { record_entry } from './entry'
import { fields_of } from './fields'
import { sentence_of } from './sentence'
import { is_stack, read_structured, StructuredReader } from './structured'

const line = (kind: 'json' | 'logfmt', text: string, level: ApiRecord['level'] = 'info') =>
  record_entry({ container: '0123456789abcdef', time: '2026-11-21T09:10:05.123456789Z', seq: 1, stream: 'stdout', level, kind, continues: false, text })
const sentence = (kind: 'json' | 'logfmt', text: string, level: ApiRecord['level'] = 'info', columns: string[] = []) => sentence_of(read_structured(line(kind, text, level), 'api')!, columns, 2000)
const read = (kind: 'json' | 'logfmt', text: string, level: ApiRecord['level'] = 'info') => sentence(kind, text, level).spans.text.join('')

describe('the fields of a line', () => {
  it('are those of nested objects too, by dotted names, and lists as they were written', () => {
    expect(fields_of('{"a": {"b c": {"d":1.50}, "e":[1, {"x":"]"}]}, "f":null,"g":{}, "h":true}', 'json')!.map(({ name, value, type }) => [name, value, type])).toEqual([
      ['a.b c.d', '1.50', 'number'],
      ['a.e', '[1, {"x":"]"}]', 'list'],
      ['f', 'null', 'null'],
      ['g', '{}', 'list'],
      ['h', 'true', 'bool'],
    ])
  })
  it('keep every digit, and escapes are what they stand for', () => {
    expect(fields_of('{"id":12345678901234567890,"s":"a\\n\\u0041\\\\\\"","t":"\\\\"}', 'json')!.map(({ value }) => value)).toEqual(['12345678901234567890', 'a\nA\\"', '\\'])
    expect(fields_of('{"a.b":{"c":1}}', 'json')![0]!.path).toEqual(['a.b', 'c'])
  })
  it('agree with JSON.parse, whatever a line says', () => {
    let seed = 7
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below
    const value = (depth: number): unknown => {
      const kind = random(depth > 4 ? 5 : 7)
      if (kind === 5) return Array.from({ length: random(4) }, () => value(depth + 1))
      if (kind === 6) return Object.fromEntries(Array.from({ length: random(4) }, (_, i) => [`k${i}${['', '"', '\\', ' {'][random(4)]}`, value(depth + 1)]))
      return [null, true, random(1000) / 7 - 50, ['', 'x "y" \\ {[', 'ä\u2028\n', '\\'][random(4)], 1e21][kind]
    }
    const flat = (of: unknown, path: string[]): [string[], string][] =>
      typeof of === 'object' && of !== null && !Array.isArray(of) && Object.keys(of).length ? Object.entries(of).flatMap(([key, inner]) => flat(inner, [...path, key])) : [[path, typeof of === 'string' ? of : JSON.stringify(of)]]
    for (let i = 0; i < 300; i += 1) {
      const object = { first: 1, more: value(0), last: value(1) }
      expect(fields_of(JSON.stringify(object), 'json')!.map((field) => [field.path, field.value])).toEqual(flat(object, []))
    }
  })
  it.each(['{"a":', '{"a":1', '{"a" 1}', '{a:1}', '{"a":tru}', '{"a":"x}', '{"a":[1}', '{}', 'x', ''])('of %j are none', (text) => expect(fields_of(text, 'json')).toBeNull())
  it('of logfmt are texts, quoted or not; a word without a key has none', () => {
    expect(fields_of('2026-11-21T09:10:05Z level=info msg="a \\"b\\"\\n" n=3 empty= dry', 'logfmt')!.map(({ name, value }) => [name, value])).toEqual([
      ['', '2026-11-21T09:10:05Z'],
      ['level', 'info'],
      ['msg', 'a "b"\n'],
      ['n', '3'],
      ['empty', ''],
      ['', 'dry'],
    ])
    expect(fields_of('no pair here', 'logfmt')).toBeNull()
  })
  it('of a line that is all fields or all depth are bounded', () => {
    const many = `{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`
    expect(fields_of(many, 'json')).toHaveLength(200)
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`
    expect(fields_of(deep, 'json')![0]!.path).toHaveLength(12)
  })
})

describe('a structured line as a sentence', () => {
  it('is its message and what else it says, without what repeats the time, the level or the container', () => {
    expect(read('json', '{"time":"2026-11-21T09:10:05.1Z","level":"info","container":"api","msg":"request served","status":200,"user":{"id":7,"plan":"a b"}}')).toBe('request served  status=200 user.id=7 user.plan="a b"')
    expect(read('json', '{"level":30,"ts":1795252205.5,"container_id":"0123456789ab","message":"x"}')).toBe('x')
    expect(read('logfmt', '2026-11-21T09:10:05Z lvl=eror msg=stuck ship=7', 'error')).toBe('stuck  ship=7')
  })
  it('keeps what only looks like a repetition', () => {
    expect(read('json', '{"time":"2026-11-21T08:00:00Z","severity":"low","container":"web","msg":"x"}', 'error')).toBe('x  time=2026-11-21T08:00:00Z severity=low container=web')
    expect(read('json', '{"level":"error","msg":"x"}', 'unknown')).toBe('x  level=error')
  })
  it('of a line without a message is what it says', () => expect(read('logfmt', 'a=1 b="x=y" c=')).toBe('a=1 b="x=y" c=""'))
  it('has one line of what has several, and no control signs', () => {
    expect(read('json', '{"msg":"one\\n  two","stack":"Error: x\\n    at a","red":"\\u001b[31mred\\u001b[0m"}')).toBe('one ⏎ two  stack="Error: x…" red=red')
    expect(is_stack(fields_of('{"error":{"stack":"Error: x\\n at a"}}', 'json')![0]!)).toBe(true)
  })
  it('says where each field stands', () => {
    const { spans, marks } = sentence('json', '{"msg":"hi","a":1,"b":"c d"}')
    const text = spans.text.join('')
    expect(spans).toEqual({ text: ['hi', '  a=1 b="c d"'], style: ['', 'fields'] })
    expect([0, 3, 6].map((i) => [text.slice(marks[i], marks[i + 1]), marks[i + 2]])).toEqual([
      ['hi', 0],
      ['a=1', 1],
      ['b="c d"', 2],
    ])
  })
  it('leaves to columns what stands there', () => {
    const { spans, cells } = sentence('json', '{"msg":"hi","status":200,"n":{"m":1}}', 'info', ['n.m', 'none', 'msg'])
    expect([spans.text, cells]).toEqual([['status=200'], ['1', '', 'hi']])
  })
  it('is cut where it is too long, and says so', () => {
    const long = sentence('json', JSON.stringify({ msg: 'm'.repeat(5000), a: 1 }))
    expect(long.cut).toBe(true)
    expect(long.spans.text.join('').length).toBeLessThanOrEqual(2000)
    expect(sentence('json', '{"msg":"m","a":1}').cut).toBe(false)
  })
})

it('a line is read once while it is about, and anew when its container has another name', () => {
  const reader = new StructuredReader()
  const entry = line('json', '{"container":"api","msg":"x"}')
  reader.name({ [entry.container]: 'api' })
  const first = reader.read(entry)!
  expect([...first.repeats]).toEqual([0])
  expect(reader.read(entry)).toBe(first)
  reader.name({})
  expect([...reader.read(entry)!.repeats]).toEqual([])
})
