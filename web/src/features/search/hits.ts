import { read_expression, tokenize, type Token } from '@/features/expression/lexer'

/** A text or pattern that a line was found by. `fold`: in any case of letters. */
export type Needle = { text: string; fold: boolean } | { pattern: RegExp }

// What compares a line's text with what follows. The others (`level`, `stream`, what containers are called) are not in the text.
const COMPARES = new Set(['contains', 'startsWith', 'endsWith', 'matches', '=='])
const NOT_TEXT = new Set(['level', 'stream', 'kind', 'type'])
// A pattern runs over texts of others in the page: what could take more than a square of their length is not marked.
const NESTED = /\)\s*[*+?{]|\\\d/
const REPEATS = /[^\\][*+]|\{\d+,\}/g
const MOST_REPEATS = 2

function string_of(token: Token): string | null {
  if (token.text.startsWith('`')) return token.text.slice(1, -1).replaceAll('``', '`')
  try {
    return token.text.startsWith('"') ? (JSON.parse(token.text) as string) : JSON.parse(`"${token.text.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`)
  } catch {
    return null // an escape of this language that JSON does not have
  }
}

function pattern_of(text: string): Needle | null {
  const fold = text.startsWith('(?i)')
  const source = fold ? text.slice(4) : text
  if (NESTED.test(source) || (source.match(REPEATS)?.length ?? 0) > MOST_REPEATS) return null
  try {
    return { pattern: new RegExp(source, fold ? 'gi' : 'g') }
  } catch {
    return null // RE2 knows more than the page does; the line is found all the same
  }
}

/** What is to be marked in the lines that an expression lets through. */
export function needles_of(expression: string): Needle[] {
  const tokens = tokenize(expression, read_expression).filter(({ kind }) => kind !== 'comment')
  return tokens.flatMap((token, i): Needle[] => {
    const operator = tokens[i - 1]?.text ?? ''
    if (token.kind !== 'string' || !COMPARES.has(operator)) return []
    // The operand: a name, a path (of which the first name says what it is about), or a call.
    let at = i - 2
    const fold = tokens[at]?.text === ')' && tokens[at - 3]?.text === 'lower'
    while (at > 0 && (tokens[at - 1]?.text === '.' || tokens[at - 1]?.text === '?.')) at -= 2
    const subject = tokens[at]?.text ?? ''
    if (subject === 'container' || (NOT_TEXT.has(subject) && at === i - 2)) return []
    const text = string_of(token)
    if (!text) return []
    return [operator === 'matches' ? pattern_of(text) : { text, fold }].filter((needle) => needle !== null)
  })
}

/** The stretches [from, to) of a text that the needles are found at, in order and apart from each other. */
export function hit_ranges(text: string, needles: readonly Needle[]): [number, number][] {
  const lower = text.toLowerCase()
  const found: [number, number][] = []
  for (const needle of needles) {
    if ('pattern' in needle) {
      for (const match of text.matchAll(needle.pattern)) if (match[0]) found.push([match.index, match.index + match[0].length])
      continue
    }
    // Lower case may change a text's length (İ); then places would lie.
    const hay = needle.fold && lower.length === text.length ? lower : text
    for (let at = hay.indexOf(needle.text); at >= 0; at = hay.indexOf(needle.text, at + needle.text.length)) found.push([at, at + needle.text.length])
  }
  found.sort(([a], [b]) => a - b)
  const apart: [number, number][] = []
  for (const [from, to] of found) {
    const last = apart.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else apart.push([from, to])
  }
  return apart
}
