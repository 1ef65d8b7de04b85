// How the text of a search box is read: as an expression, or as words of the shorthand, which becomes an expression here. The rules are
// those of src/expr/search.cpp; where that one parses, this one looks at how operands and operators follow one another.

import { find_variable, type EnvironmentName } from './environment'
import { FUNCTIONS } from './functions'
import { field_end, is_excluded, read_expression, regex_end, tokenize, word_end, type Token } from './lexer'

/** What is wrong with a text: `length` code points from `offset` code points on; 0 for a point. */
export interface Fault {
  message: string
  offset: number
  length: number
}
export interface Reading {
  words: boolean
  /** A condition for the server; empty for an empty text. */
  expression: string
  fault: Fault | null
}

const DEEPEST = 50
const COMPARISONS = new Set(['==', '!=', '<=', '>=', '<', '>'])
const TEXT_TESTS = new Set(['contains', 'matches', 'startsWith', 'endsWith'])
// Between operands, these also stand between words: `api/v1`, `foo-bar`, `50%`.
const WORDLIKE = new Set(['+', '-', '*', '/', '%', '..', '.', '!', '||', '&&'])
const BINARY = new Set([...COMPARISONS, '&&', '||', '??', '..', '+', '-', '*', '/', '%', '**', '^'])

/**
 * A comparison by itself, an operator word before a quote, a variable `in [`: to read that as words would search for something else than
 * was meant.
 */
function meant_as_expression(text: string, tokens: Token[], environment: EnvironmentName): boolean {
  return tokens.some((token, i) => {
    if (token.text === 'in' && tokens[i + 1]?.text === '[') {
      const left = tokens[i - 1]?.text === 'not' ? tokens[i - 2] : tokens[i - 1]
      if (left?.kind === 'property' || (left?.kind === 'name' && find_variable(environment, left.text))) return true
    }
    const alone = text[token.from - 1] === ' ' && (text[token.to] ?? ' ') === ' '
    if (alone && (COMPARISONS.has(token.text) || token.text === '&&' || token.text === '||')) return true
    return TEXT_TESTS.has(token.text) && tokens[i + 1]?.kind === 'string' && i > 0
  })
}

/** Follows operands and operators. `broken`: they do not follow as in an expression; `strong`: something that words have not. */
function follow(text: string, tokens: Token[]): { broken: boolean; open: boolean; strong: boolean; call: boolean } {
  let operand = true // one is expected
  let strong = false
  let call = false
  const brackets: string[] = []
  const conditional: number[] = [] // depths at which a `?` waits for its `:`
  const result = (broken: boolean) => ({ broken, open: operand || brackets.length > 0, strong, call })
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i]!
    const { kind, text: word } = token
    const next = tokens[i + 1]
    if (kind === 'invalid') return result(true)
    if (kind === 'comment') continue
    if (word === 'let' || word === 'if') {
      // `let x =` and `if … {`; else they are words like others.
      const block = word === 'let' ? tokens[i + 2]?.text === '=' : tokens.some((other) => other.text === '{')
      return block ? { broken: false, open: false, strong: true, call } : result(true)
    }
    if (kind === 'pointer' || kind === 'property' || kind === 'name' || kind === 'function' || kind === 'constant' || kind === 'number' || kind === 'string') {
      if (kind === 'pointer' && brackets.length === 0) return result(true)
      if (!operand) return result(true)
      operand = false
      if (kind === 'function' && text[token.to] === '(') {
        strong = true
        if (FUNCTIONS.has(word)) call = true
      }
      continue
    }
    if (kind === 'bracket') {
      if ('([{'.includes(word)) {
        if (!operand && word === '{') return result(true)
        if (!operand && word === '(' && tokens[i - 1]?.kind !== 'function') return result(true)
        if (word !== '(') strong = true
        brackets.push(word)
        operand = true
        continue
      }
      const opener = brackets.pop()
      if (!opener || '([{'.indexOf(opener) !== ')]}'.indexOf(word)) return result(true)
      // Nothing stands before it only in `()`, `[]`, `{}`, `[1:]`, and after a last comma.
      const before = tokens[i - 1]?.text
      if (operand && before !== opener && before !== ',' && before !== ':' && before !== ';') return result(true)
      operand = false
      continue
    }
    if (kind === 'keyword') {
      if (operand) {
        if (word !== 'not') return result(true)
        continue
      }
      if (word === 'not') {
        if (!next || !(TEXT_TESTS.has(next.text) || next.text === 'in')) return result(true)
        continue
      }
      if (word === 'else') return result(true)
      if (word !== 'and' && word !== 'or') strong = true
      operand = true
      continue
    }
    // Operators.
    if (!WORDLIKE.has(word)) strong = true
    if (word === '::') {
      if (!operand) return result(true)
    } else if (operand) {
      const sliced = word === ':' && brackets.at(-1) === '['
      const field = word === '.' && brackets.length > 0
      const elvis = word === ':' && tokens[i - 1]?.text === '?' && conditional.pop() !== undefined
      if (!sliced && !field && !elvis && word !== '-' && word !== '+' && word !== '!') return result(true)
    } else if (word === '.' || word === '?.') {
      if (next && next.kind !== 'property' && next.kind !== 'function' && !(word === '?.' && next.text === '[')) return result(true)
      operand = next?.text !== '['
    } else if (word === ',') {
      if (brackets.length === 0) return result(true)
      operand = true
    } else if (word === '?') {
      conditional.push(brackets.length)
      operand = true
    } else if (word === ':') {
      const inner = brackets.at(-1)
      if (conditional.at(-1) === brackets.length) conditional.pop()
      else if (inner !== '{' && inner !== '[') return result(true)
      operand = true
    } else if (word === '|') {
      if (next && next.kind !== 'function' && next.text !== '::') return result(true)
      operand = true
    } else if (word === ';' || BINARY.has(word)) operand = word !== ';' || next !== undefined
    else return result(true)
  }
  return { broken: conditional.length > 0 && !operand, open: operand || brackets.length > 0, strong, call }
}

/** Whether a text is words of the shorthand rather than an expression, finished or not. */
export function is_words(text: string, environment: EnvironmentName): boolean {
  const tokens = tokenize(text, read_expression)
  if (tokens.length === 0) return text.trim() !== ''
  const { broken, open, strong, call } = follow(text, tokens)
  if (!broken && strong && (!open || call)) return false
  return !meant_as_expression(text, tokens, environment)
}

/** Reads what somebody typed into a search box. */
export function read_search(text: string, environment: EnvironmentName): Reading {
  if (!is_words(text, environment)) return { words: false, expression: text.trim(), fault: null }
  const reader = new ShorthandReader(text, environment)
  const expression = reader.run()
  return { words: true, expression, fault: reader.fault }
}

class ShorthandReader {
  fault: Fault | null = null
  private at = 0
  private depth = 0
  private readonly text_variable: string

  constructor(
    private readonly text: string,
    private readonly environment: EnvironmentName,
  ) {
    this.text_variable = find_variable(environment, 'text') ? 'text' : 'name'
  }

  run(): string {
    const all = this.alternatives()
    if (!this.fault && this.at < this.text.length) this.fail(this.at, 'a closing parenthesis without an opening one')
    return this.fault ? '' : all
  }

  private fail(at: number, message: string): void {
    this.fault ??= { message, offset: [...this.text.slice(0, at)].length, length: 0 }
  }
  private skip_space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at += 1
  }
  private at_end(): boolean {
    this.skip_space()
    return this.at >= this.text.length || this.text[this.at] === ')'
  }
  private take_word(lower: string): boolean {
    this.skip_space()
    const found = this.text.slice(this.at, this.at + lower.length)
    if ((found !== lower && found !== lower.toUpperCase()) || !/^[ ()]?$/.test(this.text.charAt(this.at + lower.length))) return false
    this.at += lower.length
    return true
  }

  /** Parentheses and negations recurse; what follows a fault is not read. */
  private deeper(read: () => string): string {
    if ((this.depth += 1) > DEEPEST) this.fail(this.at, 'parentheses nest too deep')
    const out = this.fault ? '' : read()
    this.depth -= 1
    return out
  }

  private alternatives(): string {
    const parts: string[] = []
    do {
      if (this.fault) return ''
      if (this.at_end()) {
        this.fail(this.at, parts.length === 0 ? 'a search term is missing here' : 'a search term is missing after or')
        return ''
      }
      parts.push(this.terms())
    } while (this.take_word('or'))
    return joined(parts, ' or ')
  }

  private terms(): string {
    const parts: string[] = []
    while (!this.fault && !this.at_end()) {
      const before = this.at
      if (this.take_word('or')) {
        if (parts.length === 0) this.fail(before, 'a search term is missing before or')
        this.at = before
        break
      }
      if (this.take_word('and')) {
        if (parts.length === 0 || this.at_end()) this.fail(before, 'a search term is missing beside and')
        continue
      }
      parts.push(this.term())
    }
    return joined(parts, ' and ')
  }

  private term(): string {
    if (this.take_word('not')) {
      if (this.at_end()) this.fail(this.at, 'a search term is missing after not')
      return this.fault ? '' : `not ${grouped(this.deeper(() => this.term()))}`
    }
    this.skip_space()
    if (is_excluded(this.text, this.at)) {
      this.at += 1
      return `not ${grouped(this.deeper(() => this.term()))}`
    }
    const c = this.text[this.at]
    if (c === '(') {
      this.at += 1
      const inner = this.deeper(() => this.alternatives())
      this.skip_space()
      if (this.text[this.at] !== ')') this.fail(this.at, 'an opened parenthesis is not closed')
      this.at += 1
      return inner
    }
    if (c === '"') return this.contains(this.phrase())
    const regex = this.pattern()
    if (regex !== null) return `${this.text_variable} matches ${JSON.stringify(regex)}`
    return this.field_term() ?? this.contains(this.word())
  }

  private contains(text: string): string {
    if (/\p{Lu}/u.test(text)) return `${this.text_variable} contains ${JSON.stringify(text)}`
    return `lower(${this.text_variable}) contains ${JSON.stringify(text.toLowerCase())}`
  }

  private phrase(): string {
    const open = this.at
    this.at += 1
    let out = ''
    while (this.at < this.text.length && this.text[this.at] !== '"') {
      if (this.text[this.at] === '\\' && /["\\]/.test(this.text[this.at + 1] ?? '')) this.at += 1
      out += this.text[this.at]
      this.at += 1
    }
    if (this.at >= this.text.length) this.fail(open, 'the quote is not closed')
    this.at += 1
    return out
  }

  private pattern(): string | null {
    const end = regex_end(this.text, this.at)
    if (end < 0) return null
    const ignore_case = this.text[end - 1] === 'i' // what is closed by a slash ends in it otherwise
    const inner = this.text.slice(this.at + 1, end - (ignore_case ? 2 : 1)).replace(/\\(.)/gs, (all, escaped: string) => (escaped === '/' ? '/' : all))
    this.at = end
    return ignore_case ? `(?i)${inner}` : inner
  }

  private word(): string {
    const start = this.at
    this.at = Math.max(word_end(this.text, start), start + 1)
    return this.text.slice(start, this.at)
  }

  private field_term(): string | null {
    const end = field_end(this.text, this.at)
    if (end < 0) return null
    const name = this.text.slice(this.at, end)
    const sign = /^:(>=|<=|!=|>|<|=)?/.exec(this.text.slice(end))!
    const op = !sign[1] || sign[1] === '=' ? '==' : sign[1]
    this.at = end + sign[0].length
    const value_at = this.at
    if (this.at_end()) {
      this.fail(value_at, 'a value is missing after the field')
      return ''
    }
    this.at = value_at
    const field = this.path_of(name)
    const regex = op === '==' ? this.pattern() : null
    if (regex !== null) return `${find_variable(this.environment, name) ? field : `string(${field})`} matches ${JSON.stringify(regex)}`
    const in_quotes = this.text[this.at] === '"'
    return this.comparison(name, field, op, in_quotes ? this.phrase() : this.word(), in_quotes)
  }

  private path_of(name: string): string {
    const known = find_variable(this.environment, name)
    if (known) return known.name
    if (!find_variable(this.environment, 'fields')) return `labels[${JSON.stringify(name.replace(/^labels\./, ''))}]`
    const parts = name.replace(/^fields\./, '').split('.')
    return 'fields' + parts.map((part) => (/^[^-\d][^-]*$/.test(part) ? `?.${part}` : `?.[${JSON.stringify(part)}]`)).join('')
  }

  private comparison(name: string, field: string, op: string, value: string, in_quotes: boolean): string {
    const number = !in_quotes && /^-?\d+(?:\.\d+)?$/.test(value)
    const truth = !in_quotes && (value === 'true' || value === 'false')
    const text = JSON.stringify(value)
    const known = find_variable(this.environment, name)
    if (known) {
      if (known.type === 'boolean' && (value === 'true' || value === 'false')) return `${field} ${op} ${value}`
      return `${field} ${op} ${number && known.type !== 'string' && known.type !== 'level' ? value : text}`
    }
    if (field.startsWith('labels[')) return `${field} ${op} ${text}`
    // The field of a JSON line may be a number, of a logfmt line it is always a text.
    if (op === '==' || op === '!=') return number || truth ? `${field} ${op === '==' ? '' : 'not '}in [${value}, ${text}]` : `${field} ${op} ${text}`
    return number ? `(${field} != nil and float(${field}) ${op} ${value})` : `(${field} != nil and string(${field}) ${op} ${text})`
  }
}

const joined = (parts: string[], glue: string): string => (parts.length < 2 ? (parts[0] ?? '') : `(${parts.join(glue)})`)
const grouped = (inner: string): string => (inner.startsWith('(') && inner.endsWith(')') ? inner : `(${inner})`)
