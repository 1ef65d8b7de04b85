import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { is_words, read_search } from './reading'

// The server's own table: both readers are held to it.
const server_tests = readFileSync(new URL('../../../../src/expr/search_test.cpp', import.meta.url), 'utf8')
const STRING = String.raw`"((?:[^"\\]|\\.)*)"`
function cases(test: string): [string, string][] {
  const body = server_tests.slice(server_tests.indexOf(`TEST(Search, ${test})`)).split('\nTEST(')[0]!
  return [...body.matchAll(new RegExp(String.raw`Case\{${STRING},\s*((?:${STRING}\s*)+)\}`, 'g'))].map((match) => {
    const expected = [...match[2]!.matchAll(new RegExp(STRING, 'g'))].map((part) => JSON.parse(`"${part[1]}"`) as string).join('')
    return [JSON.parse(`"${match[1]}"`) as string, expected]
  })
}

describe('the shorthand', () => {
  const table = cases('UnderstandsTheShorthand')
  it('has a table', () => expect(table.length).toBeGreaterThan(20))
  it.each(table)('%j becomes %j', (text, expression) => expect(read_search(text, 'log')).toEqual({ words: true, expression, fault: null }))
  it.each([
    ['api', 'lower(name) contains "api"'],
    ['state:exited restarts:>3', '(state == "exited" and restarts > 3)'],
    ['labels.env:prod', 'labels["env"] == "prod"'],
    ['running:true', 'running == true'],
  ])('%j looks for containers by %j', (text, expression) => expect(read_search(text, 'container').expression).toBe(expression))
})

describe('words and expressions are told apart', () => {
  const table = cases('TellsExpressionsFromWords')
  it('by a table', () => expect(table.length).toBeGreaterThan(14))
  it.each(table.filter(([text]) => text.trim()))('as in %j', (text, expected) => {
    const reading = read_search(text, 'log')
    if (expected === 'as is' || expected.startsWith('error:')) expect(reading).toEqual({ words: false, expression: text, fault: null })
    else expect(reading.expression).toBe(expected.replace(/^\(\((.*)\)\)$/, '($1)'))
  })
  it.each([
    // Finished expressions.
    'len(text) > 100',
    'any(mounts, .usedPercent >= 85)',
    'count(split(text, " "), # == "a") > 2',
    'message.user?.name == "a"',
    'message["a"][0] == 1',
    'message.a ?? 1 > 2',
    'level in ["warn", "error"]',
    'level not in ["warn"]',
    'not (text startsWith "a") && true',
    'let x = len(text); x > 5',
    'if level == "warn" { true } else { false }',
    'message.a ? true : false',
    'text | lower() contains "x"',
    'text[1:] == "b"',
    '{"a": 1}.a == 1',
    '::type(message) == "map"',
    'time.Hour() >= 22',
    // Still being written.
    'level >= ',
    'message contains "tim',
    'len(te',
    'level in ["warn", ',
    'lower(text) contains ',
  ])('%j is an expression', (text) => expect(is_words(text, 'log')).toBe(false))
  it.each(['foo|bar', 'a&b', 'key=value', 'why?', 'what about it?', '[core', 'error in [core', '/var/log', '--flag', '@me', '#123', '50%', 'a,b', 'not found', 'let me in', 'if only', 'f (a or b)', 'foo(bar) baz', 'C:\\temp', 'don’t', "don't", 'std::vector', 'x-id:abc', '{', ')', 'a:b ? c'])(
    '%j is words',
    (text) => expect(is_words(text, 'log')).toBe(true),
  )
  it.each(['', '  '])('%j is neither', (text) => expect(read_search(text, 'log')).toEqual({ words: false, expression: '', fault: null }))
})

describe('what the shorthand cannot read', () => {
  it.each(cases('PointsAtWhatItCannotRead').filter(([text]) => !/^level|^\/\(/.test(text)))('%j is said at its place: %s', (text, expected) => {
    const { fault } = read_search(text, 'log')
    expect(`error: ${fault?.message} (${(fault?.offset ?? -1) + 1})`).toBe(expected)
  })
  it('is counted in code points', () => expect(read_search('😀 "a', 'log').fault).toEqual({ message: 'the quote is not closed', offset: 2, length: 0 }))
  it('is a nesting without an end', () => expect(read_search('('.repeat(10_000), 'log').fault?.message).toBe('parentheses nest too deep'))
  it('is a minus before a minus without an end', () => expect(read_search('-not '.repeat(60_000), 'log').fault).not.toBeNull())
})
