// The language for CodeMirror: its tokens, and their colours from the page's tokens of theme.
import { HighlightStyle, StreamLanguage, syntaxHighlighting, type StreamParser } from '@codemirror/language'
import { Tag, tags } from '@lezer/highlight'
import { read_expression, read_shorthand, start_state, type LexState, type Reader, type TokenKind } from './lexer'

const TAGS: Record<TokenKind, Tag> = {
  comment: tags.comment,
  name: tags.variableName,
  function: tags.function(tags.variableName),
  property: tags.propertyName,
  keyword: tags.keyword,
  constant: tags.atom,
  number: tags.number,
  string: tags.string,
  regexp: tags.regexp,
  operator: tags.operator,
  bracket: tags.bracket,
  pointer: tags.self,
  word: Tag.define(),
  invalid: tags.invalid,
}

function parser(name: string, read: Reader, data: Record<string, unknown>): StreamParser<LexState> {
  return {
    name,
    startState: start_state,
    token(stream, state) {
      const { kind, end } = read(stream.string, stream.pos, state)
      stream.pos = end
      return kind
    },
    tokenTable: TAGS,
    languageData: data,
  }
}

export const expression_language = StreamLanguage.define(
  parser('taffrail-expression', read_expression, { commentTokens: { line: '//', block: { open: '/*', close: '*/' } }, closeBrackets: { brackets: ['(', '[', '{', '"'] } }),
)
export const shorthand_language = StreamLanguage.define(parser('taffrail-search', read_shorthand, { closeBrackets: { brackets: [] } }))

/** What each kind of token looks like: names of custom properties that main.css defines for both themes. */
export const COLOURS = {
  comment: '--muted',
  name: '--text',
  function: '--info',
  property: '--text',
  keyword: '--trace',
  constant: '--warn',
  number: '--warn',
  string: '--good',
  regexp: '--good',
  operator: '--accent',
  bracket: '--muted',
  pointer: '--trace',
  word: '--text',
  invalid: '--error',
} as const satisfies Record<TokenKind, string>

const MARKED: Partial<Record<TokenKind, Record<string, string>>> = { comment: { fontStyle: 'italic' }, keyword: { fontWeight: '600' }, invalid: { textDecoration: 'underline' } }

export const highlighting = syntaxHighlighting(
  HighlightStyle.define(Object.entries(TAGS).map(([kind, tag]) => ({ tag, color: `var(${COLOURS[kind as TokenKind]})`, ...MARKED[kind as TokenKind] }))),
)
