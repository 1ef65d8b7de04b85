import { describe, expect, it } from 'vitest'
import type { Told } from '@/lib/api/types'
import { tokenize, read_expression } from '@/features/expression/lexer'
import { field_is, field_of, quote, same_container, silence_of, these_containers } from './expressions'
import { fields_in, message_field, stable_part } from './words'

const HOSTILE = ['', 'plain', '"', '\\', '\\"', '" or true or "', "'; drop", '`raw`', '{{ x }}', '${HOME}', '\n\r\t\0\x1b[31m', '\u2028\u2029', '\u202ertl\u202c', '\ud800', 'a\udc00b', '😀', '\u007f\u009f', '// no comment', '/* nor this', '\\u{41}']

describe('a quoted text', () => {
  it.each(HOSTILE.map((text) => [text]))('%j is one string to the language, and nothing else', (text) => {
    const quoted = quote(text)
    expect(tokenize(quoted, read_expression).map(({ kind, open }) => [kind, open])).toEqual([['string', false]])
    expect(JSON.parse(quoted)).toBe(text.replace(/\p{Surrogate}/gu, '\uFFFD'))
  })
  it('is written as e2e/tests/alert_screens.test.ts gives it to the server', () => expect(quote('" or true or "\\\n\u202e`{{ x }}')).toBe(String.raw`"\" or true or \"\\\n\u202e` + '`{{ x }}"'))
  it('shows no sign that turns the direction of what follows', () => expect(quote('a\u202eb')).toBe(String.raw`"a\u202eb"`))
})

describe('prefilled expressions', () => {
  it('name a container, with its host where there are several', () => {
    expect(same_container({ name: 'api"1', host: 'nas' }, false)).toBe(String.raw`name == "api\"1"`)
    expect(same_container({ name: 'api', host: 'nas' }, true)).toBe('name == "api" and host == "nas"')
    expect(these_containers([{ name: 'a' }, { name: 'b' }, { name: 'a' }])).toBe('name in ["a", "b"]')
  })
  it('reach fields of any name', () => {
    expect(field_of(['user', 'name'])).toBe('fields?.user?.name')
    expect(field_of(['a b', 'in', '0', '"]', 'größe'])).toBe(String.raw`fields?.["a b"]?.["in"]?.["0"]?.["\"]"]?.größe`)
  })
  it('compare with values as they are', () => {
    expect([field_is(['s'], 'x'), field_is(['s'], 503), field_is(['s'], -1.5), field_is(['s'], true), field_is(['s'], null), field_is(['s'], [1]), field_is(['s'], Infinity)]).toEqual([
      'fields?.s == "x"',
      'fields?.s == 503',
      'fields?.s == (-1.5)',
      'fields?.s == true',
      null,
      null,
      null,
    ])
  })
  it('silence a rule, a container or both', () => {
    const notification = { container: { name: 'api" or true', host: 'h1', host_name: 'nas' } } as Told
    const of = (scope: Parameters<typeof silence_of>[1], several = false) => silence_of({ rule: 7, notification }, scope, several)
    expect(of('rule')).toBe('rule.id == 7')
    expect(of('both')).toBe(String.raw`rule.id == 7 and container.name == "api\" or true"`)
    expect(of('container', true)).toBe(String.raw`container.name == "api\" or true" and container.host == "nas"`)
    expect(silence_of({ rule: 7, notification: null }, 'container', true)).toBe('rule.id == 7')
  })
})

describe('what of a line comes again', () => {
  it.each([
    ['12:04:07.112 Timeout waiting for db after 3001ms', 'Timeout waiting for db after'],
    ['ERROR [7f3a9c2d] connection refused: 10.0.0.7:5432', 'connection refused'],
    ['Timeout waiting for db', 'Timeout waiting for db'],
    ['2026-11-21 2026-11-22', '2026-11-21 2026-11-22'],
    ['42', '42'],
    ['', ''],
    ['utf8 ist grün', 'ist grün'],
    ['2026-11-27 12:04:07 ERROR order 17 failed\njava.lang.IllegalStateException: no connection\n\tat shop.Orders.store(Orders.java:41)\nCaused by: java.net.SocketTimeoutException: connect timed out for db', 'ERROR order'],
  ])('%j is known by %j', (text, part) => expect(stable_part(text)).toBe(part))
  it('is cut at a word', () => {
    const part = stable_part('long word '.repeat(100))
    expect(part.length).toBeLessThanOrEqual(120)
    expect(part.endsWith('long') || part.endsWith('word')).toBe(true)
  })
  it('is always in the line', () => {
    for (const text of ['a1 b: c2 "d e" f3', ' -- x y z, 9', 'k=v w=1 "quoted text" (in brackets) 5', ...HOSTILE]) expect(text).toContain(stable_part(text))
  })
})

describe('fields of a line', () => {
  it('come from JSON, nested ones too', () =>
    expect(fields_in('{"status":503,"user":{"name":"ada"},"list":[1],"none":null}', 'json')).toEqual([
      { path: ['status'], value: 503 },
      { path: ['user', 'name'], value: 'ada' },
      { path: ['none'], value: null },
    ]))
  it('come from logfmt as texts', () =>
    expect(fields_in(String.raw`level=info status=503 msg="it \"is\" so"`, 'logfmt')).toEqual([
      { path: ['level'], value: 'info' },
      { path: ['status'], value: '503' },
      { path: ['msg'], value: 'it "is" so' },
    ]))
  it('are none where the line was cut, or is plain', () => {
    expect(fields_in('{"status":50', 'json')).toEqual([])
    expect(fields_in('a=b c=d', 'text')).toEqual([])
    expect(fields_in('[1, 2]', 'json')).toEqual([])
  })
  it('have one that says what happened', () => expect(message_field(fields_in('{"error":"no route","message":"failed"}', 'json'))).toEqual({ path: ['message'], value: 'failed' }))
})
