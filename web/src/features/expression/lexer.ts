// The tokens of the expression language as src/expr/lexer.cpp reads them, and those of the search box's shorthand. Both are read line by
// line with a small state, so that the editor's incremental highlighting and everything that looks at a whole text share one reader.

export type TokenKind =
  | 'comment'
  | 'name'
  | 'function'
  | 'property'
  | 'keyword'
  | 'constant'
  | 'number'
  | 'string'
  | 'regexp'
  | 'operator'
  | 'bracket'
  | 'pointer'
  | 'word'
  | 'invalid'

/** What a line leaves to the next, and a token to the one after it. */
export interface LexState {
  inside: '' | 'comment' | 'raw'
  after_dot: boolean
  /** In shorthand: `field:` has been read, its value comes. */
  value: boolean
}

export interface Token {
  kind: TokenKind
  from: number
  to: number
  text: string
  /** A string, regex or comment that the text ends in. */
  open: boolean
}

type Step = { kind: TokenKind | null; end: number; open?: boolean }
/** Reads the token of `line` at `at`; null for white space. Always takes at least one character. */
export type Reader = (line: string, at: number, state: LexState) => Step

export const start_state = (): LexState => ({ inside: '', after_dot: false, value: false })

const SPACE = /\s+/y
const NAME = /[\p{L}_$][\p{L}\p{Nd}_$]*/uy
const NUMBER = /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\p{Nd}[\p{Nd}_]*(?:\.(?!\.)[\p{Nd}_]*)?|\.\p{Nd}[\p{Nd}_]*)(?:[eE][+-]?\p{Nd}[\p{Nd}_]*)?/uy
const OPERATOR = /\*\*|&&|\|\||==|!=|<=|>=|\?\?|\?\.|\.\.|::|[|:,;%+\-^*/&!=<>?.]/y
const POINTER = /#[\p{L}_$]*/uy
const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'matches', 'contains', 'startsWith', 'endsWith', 'let', 'if', 'else'])
const CONSTANTS = new Set(['true', 'false', 'nil'])

/** The end of a match of a sticky pattern at a place, or -1. */
function match(pattern: RegExp, line: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(line) ? pattern.lastIndex : -1
}

/** The place after the quote that closes a string whose contents start at `at`, or -1. */
function closing(line: string, at: number, quote: string): number {
  for (let i = at; i < line.length; i += 1) {
    if (line[i] === '\\') i += 1
    else if (line[i] === quote) return i + 1
  }
  return -1
}

function raw_end(line: string, at: number): number {
  for (let i = at; i < line.length; i += 1) {
    if (line[i] !== '`') continue
    if (line[i + 1] !== '`') return i + 1
    i += 1 // doubled: one back-quote
  }
  return -1
}

const reach = (end: number, line: string, kind: TokenKind): Step => (end < 0 ? { kind, end: line.length, open: true } : { kind, end })

export const read_expression: Reader = (line, at, state) => {
  if (state.inside) {
    const kind = state.inside === 'raw' ? 'string' : 'comment'
    const end = state.inside === 'raw' ? raw_end(line, at) : line.indexOf('*/', at) < 0 ? -1 : line.indexOf('*/', at) + 2
    if (end >= 0) state.inside = ''
    return reach(end, line, kind)
  }
  const space = match(SPACE, line, at)
  if (space >= 0) return { kind: null, end: space }
  const two = line.slice(at, at + 2)
  if (two === '//') return { kind: 'comment', end: line.length }
  const after_dot = state.after_dot
  if (two === '/*') {
    const end = line.indexOf('*/', at + 2)
    if (end < 0) state.inside = 'comment'
    return reach(end < 0 ? -1 : end + 2, line, 'comment')
  }
  state.after_dot = false
  const c = line[at]!
  if (c === '`') {
    const end = raw_end(line, at + 1)
    if (end < 0) state.inside = 'raw'
    return reach(end, line, 'string')
  }
  const quote = c === 'b' && /^["']/.test(line.slice(at + 1)) ? at + 1 : at
  if (line[quote] === '"' || line[quote] === "'") return reach(closing(line, quote + 1, line[quote]!), line, 'string')
  const number = match(NUMBER, line, at)
  if (number >= 0) {
    const rest = match(NAME, line, number)
    return rest < 0 ? { kind: 'number', end: number } : { kind: 'invalid', end: rest }
  }
  const name = match(NAME, line, at)
  if (name >= 0) {
    const word = line.slice(at, name)
    if (after_dot) return { kind: line[name] === '(' ? 'function' : 'property', end: name }
    if (KEYWORDS.has(word)) return { kind: 'keyword', end: name }
    if (CONSTANTS.has(word)) return { kind: 'constant', end: name }
    return { kind: /^\s*\(/.test(line.slice(name)) ? 'function' : 'name', end: name }
  }
  if ('()[]{}'.includes(c)) return { kind: 'bracket', end: at + 1 }
  const pointer = match(POINTER, line, at)
  if (pointer >= 0) return { kind: 'pointer', end: pointer }
  const operator = match(OPERATOR, line, at)
  if (operator >= 0) {
    const text = line.slice(at, operator)
    state.after_dot = text === '.' || text === '?.'
    return { kind: 'operator', end: operator }
  }
  return { kind: 'invalid', end: at + String.fromCodePoint(line.codePointAt(at)!).length }
}

const JOINT = /(?:or|OR|and|AND|not|NOT)(?=[ ()]|$)/y
const FIELD = /[\p{L}_.][\p{L}\d_.-]*(?=:[^\s)])(?!:\/\/)/uy
const COMPARISON = /:(?:>=|<=|!=|>|<|=)?/y

/** The place after a `/regex/` or `/regex/i` that starts at `at`, or -1: then the slash belongs to a word, such as a path. */
export function regex_end(line: string, at: number): number {
  const close = line[at] === '/' ? closing(line, at + 1, '/') : -1
  if (close < 0 || close === at + 2) return -1
  const end = line[close] === 'i' ? close + 1 : close
  return end === line.length || /[\s)]/.test(line[end]!) ? end : -1
}

/** The place after a word: up to white space, or to a parenthesis that closes one outside of it. */
export function word_end(line: string, at: number): number {
  let open = 0
  let i = at
  for (; i < line.length && !/\s/.test(line[i]!); i += 1) {
    if (line[i] === '(') open += 1
    else if (line[i] === ')' && (open -= 1) < 0) break
  }
  return i
}

/** The end of the name in `name:value`, or -1. */
export function field_end(line: string, at: number): number {
  const end = match(FIELD, line, at)
  return end < 0 || line[end - 1] === '.' || line.slice(at, end).includes('..') ? -1 : end
}

export const is_excluded = (line: string, at: number): boolean => line[at] === '-' && at + 1 < line.length && !/[\s\-)]/.test(line[at + 1]!)

export const read_shorthand: Reader = (line, at, state) => {
  const space = match(SPACE, line, at)
  if (space >= 0) {
    state.value = false
    return { kind: null, end: space }
  }
  const c = line[at]!
  if (c === ':' && state.value) return { kind: 'operator', end: match(COMPARISON, line, at) }
  const value = state.value
  state.value = false
  if (c === '"') return reach(closing(line, at + 1, '"'), line, 'string')
  if (c === '/') {
    const end = regex_end(line, at)
    if (end >= 0) return { kind: 'regexp', end }
  }
  if (!value) {
    if (c === '(' || c === ')') return { kind: 'bracket', end: at + 1 }
    if (is_excluded(line, at)) return { kind: 'operator', end: at + 1 }
    const joint = match(JOINT, line, at)
    if (joint >= 0) return { kind: 'keyword', end: joint }
    const field = field_end(line, at)
    if (field >= 0) {
      state.value = true
      return { kind: 'property', end: field }
    }
  }
  const end = Math.max(word_end(line, at), at + 1)
  if (!value) return { kind: 'word', end }
  return { kind: /^-?\d+(?:\.\d+)?$/.test(line.slice(at, end)) ? 'number' : 'string', end }
}

/** All tokens of a text but white space; places are UTF-16 units from its start. A token over several lines comes in a part for each. */
export function tokenize(text: string, read: Reader): Token[] {
  const state = start_state()
  const tokens: Token[] = []
  let start = 0
  for (const line of text.split('\n')) {
    for (let at = 0; at < line.length; ) {
      const { kind, end, open = false } = read(line, at, state)
      if (kind) tokens.push({ kind, from: start + at, to: start + end, text: line.slice(at, end), open })
      at = end
    }
    start += line.length + 1
  }
  return tokens
}
