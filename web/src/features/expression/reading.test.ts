import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { is_words } from './reading'

// The server's own tables: both readers are held to them.
const server_tests = readFileSync(new URL('../../../../src/expr/search_test.cpp', import.meta.url), 'utf8')
const STRING = String.raw`"((?:[^"\\]|\\.)*)"`
function cases(test: string): [string, string][] {
  const body = server_tests.slice(server_tests.indexOf(`TEST(Search, ${test})`)).split('\nTEST(')[0]!
  return [...body.matchAll(new RegExp(String.raw`Case\{${STRING},\s*((?:${STRING}\s*)+)\}`, 'g'))].map((match) => {
    const expected = [...match[2]!.matchAll(new RegExp(STRING, 'g'))].map((part) => JSON.parse(`"${part[1]}"`) as string).join('')
    return [JSON.parse(`"${match[1]}"`) as string, expected]
  })
}

describe('words and expressions are told apart', () => {
  const words = cases('UnderstandsTheShorthand')
  it('by tables', () => expect(words.length).toBeGreaterThan(20))
  it.each(words)('%j is words', (text) => expect(is_words(text, 'log')).toBe(true))
  const table = cases('TellsExpressionsFromWords')
  it('of both', () => expect(table.length).toBeGreaterThan(14))
  it.each(table.filter(([text]) => text.trim()))('as in %j', (text, expected) => expect(is_words(text, 'log')).toBe(expected !== 'as is' && !expected.startsWith('error:')))
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
  it.each(['', '  '])('%j is no words', (text) => expect(is_words(text, 'log')).toBe(false))
})
