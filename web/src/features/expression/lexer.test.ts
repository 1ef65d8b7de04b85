import { describe, expect, it } from 'vitest'
import { read_expression, read_shorthand, start_state, tokenize, type Reader } from './lexer'

const shown = (text: string, read: Reader) =>
  tokenize(text, read)
    .map((token) => `${token.kind}${token.open ? '…' : ''}:${token.text}`)
    .join(' ')

describe('the tokens of an expression', () => {
  it.each([
    ['level >= "warn"', 'name:level operator:>= string:"warn"'],
    ['message.status>=500', 'name:message operator:. property:status operator:>= number:500'],
    ['a?.in.not', 'name:a operator:?. property:in operator:. property:not'],
    ['a. b', 'name:a operator:. property:b'],
    ['not x in [1,2]', 'keyword:not name:x keyword:in bracket:[ number:1 operator:, number:2 bracket:]'],
    ['len(text) > 1', 'function:len bracket:( name:text bracket:) operator:> number:1'],
    ['time.Hour()', 'name:time operator:. function:Hour bracket:( bracket:)'],
    ['any(mounts, .usedPercent >= 85)', 'function:any bracket:( name:mounts operator:, operator:. property:usedPercent operator:>= number:85 bracket:)'],
    ['reduce(a, #acc + #)', 'function:reduce bracket:( name:a operator:, pointer:#acc operator:+ pointer:# bracket:)'],
    ['true or nil', 'constant:true keyword:or constant:nil'],
    ['containsx', 'name:containsx'],
    ['$env.größe', 'name:$env operator:. property:größe'],
    ['1..3', 'number:1 operator:.. number:3'],
    ['1. .5 1e3 1_0.5', 'number:1. number:.5 number:1e3 number:1_0.5'],
    ['0xFF 0o17 0b1_0', 'number:0xFF number:0o17 number:0b1_0'],
    ['12abc', 'invalid:12abc'],
    ['a @ b', 'name:a invalid:@ name:b'],
    ['a 😀', 'name:a invalid:😀'],
    [String.raw`"a\"b" 'c'`, String.raw`string:"a\"b" string:'c'`],
    ['b"\\xff" b', 'string:b"\\xff" name:b'],
    ['`a``b` c', 'string:`a``b` name:c'],
    ['"open', 'string…:"open'],
    ['"ends in \\', 'string…:"ends in \\'],
    ['a // rest " of it', 'name:a comment:// rest " of it'],
    ['a /* b */ c', 'name:a comment:/* b */ name:c'],
    ['a /* b', 'name:a comment…:/* b'],
    ['a ?? b ?: c ** d', 'name:a operator:?? name:b operator:? operator:: name:c operator:** name:d'],
    ['', ''],
    ['   ', ''],
  ])('of %j', (text, tokens) => expect(shown(text, read_expression)).toBe(tokens))

  it('go over line ends in raw strings and comments only', () => {
    expect(shown('`a\nb` c', read_expression)).toBe('string…:`a string:b` name:c')
    expect(shown('/* a\nb */ c', read_expression)).toBe('comment…:/* a comment:b */ name:c')
    expect(shown('"a\nb', read_expression)).toBe('string…:"a name:b')
  })
  it('keep their places over line ends', () => {
    const text = 'a\n  bc\n`d\ne` f'
    for (const token of tokenize(text, read_expression)) expect(text.slice(token.from, token.to)).toBe(token.text)
  })
})

describe('the tokens of the shorthand', () => {
  it.each([
    ['connection refused', 'word:connection word:refused'],
    ['"two words" -debug', 'string:"two words" operator:- word:debug'],
    ['--flag', 'word:--flag'],
    ['a or (b and NOT c)', 'word:a keyword:or bracket:( word:b keyword:and keyword:NOT word:c bracket:)'],
    ['order android', 'word:order word:android'],
    ['level:>=warn', 'property:level operator::>= string:warn'],
    ['status:500 x', 'property:status operator:: number:500 word:x'],
    ['user.name:"Ada L"', 'property:user.name operator:: string:"Ada L"'],
    ['path:/^\\/api/ x', 'property:path operator:: regexp:/^\\/api/ word:x'],
    ['/time(out|d)/i', 'regexp:/time(out|d)/i'],
    ['/var/log/syslog', 'word:/var/log/syslog'],
    ['http://example.org/x 12:30 failed:', 'word:http://example.org/x word:12:30 word:failed:'],
    ['(f(x))', 'bracket:( word:f(x) bracket:)'],
    ['"open', 'string…:"open'],
    ['level: x', 'word:level: word:x'],
  ])('of %j', (text, tokens) => expect(shown(text, read_shorthand)).toBe(tokens))
})

it('reading always goes on', () => {
  for (const read of [read_expression, read_shorthand])
    for (const text of ['\\', '`', "'", '\u{1F600}', '\u0000', '#', ':', ')', '"\\', '\ud800', '-', '/', '/*'])
      expect(read(text, 0, start_state()).end, JSON.stringify(text)).toBeGreaterThan(0)
})
