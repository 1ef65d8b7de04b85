import type { Spans } from './ansi'

// A deeper document than this is shown as it came: the limit bounds the indentation, not the reading.
const DEEPEST = 64

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]|\s+/gy

/**
 * Lays out a JSON text with two spaces a level and class names for its parts (`key`, `string`, `number`, `literal`, `mark`). Works on the
 * text itself: numbers keep every digit and keys their order and repetition; ends of lines and tabs within texts are what they stand for.
 * Undefined when the text is no JSON.
 */
export function pretty_json(text: string): Spans | undefined {
  const spans: Spans = { text: [], style: [] }
  const put = (part: string, style: string) => {
    const last = spans.text.length - 1
    if (last >= 0 && spans.style[last] === style) spans.text[last] += part
    else {
      spans.text.push(part)
      spans.style.push(style)
    }
  }
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  const tokens = [...text.matchAll(TOKEN)].map((match) => match[0]).filter((token) => token.trim() !== '')
  let depth = 0
  const indent = () => '  '.repeat(Math.min(depth, DEEPEST))
  const line = () => put('\n' + indent(), '')
  // A text of several lines, such as a stack trace, is shown as those.
  const lines_of = (token: string) => token.replace(/\\(.)/g, (escape, sign) => (sign === 'n' ? `\n${indent()}  ` : sign === 't' ? '\t' : escape))
  tokens.forEach((token, i) => {
    const next = tokens[i + 1]
    if (token === '{' || token === '[') {
      depth += 1
      put(token, 'mark')
      if (next !== '}' && next !== ']') line()
    } else if (token === '}' || token === ']') {
      depth -= 1
      const before = tokens[i - 1]
      if (before !== '{' && before !== '[') line()
      put(token, 'mark')
    } else if (token === ',') {
      put(token, 'mark')
      line()
    } else if (token === ':') {
      put(token, 'mark')
      put(' ', '')
    } else if (token.startsWith('"')) put(next === ':' ? token : lines_of(token), next === ':' ? 'key' : 'string')
    else put(token, /^[-\d]/.test(token) ? 'number' : 'literal')
  })
  return spans
}

const PAIR = /([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g

/** A logfmt line with one pair a line; undefined when it holds no pairs. */
export function pretty_logfmt(text: string): Spans | undefined {
  const spans: Spans = { text: [], style: [] }
  for (const [, key, value] of text.matchAll(PAIR)) {
    spans.text.push((spans.text.length ? '\n' : '') + key!, ' = ', value!)
    spans.style.push('key', 'mark', value!.startsWith('"') ? 'string' : /^-?\d[\d.]*$/.test(value!) ? 'number' : 'string')
  }
  return spans.text.length ? spans : undefined
}
