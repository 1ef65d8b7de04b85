// Whether the text of a search box is an expression or words of the shorthand, for its colours and completions while it is typed; what it
// means, the server says. The rules are those of src/expr/search.cpp; where that one parses, this one looks at how operands and operators
// follow one another.

import { find_variable, type EnvironmentName } from './environment'
import { FUNCTIONS } from './functions'
import { read_expression, tokenize, type Token } from './lexer'

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
