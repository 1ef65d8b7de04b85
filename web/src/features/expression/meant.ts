import { find_variable, type EnvironmentName } from './environment'
import { read_expression, tokenize } from './lexer'

const VALUES = new Set(['string', 'number', 'constant', 'name'])

/** `level = "error"` as it was meant, which as it stands is three words to search for; null where nothing of the kind is written. */
export function meant_by_equals(text: string, environment: EnvironmentName): string | null {
  const tokens = tokenize(text, read_expression)
  let meant = ''
  let from = 0
  tokens.forEach((token, i) => {
    const [left, right] = [tokens[i - 1], tokens[i + 1]]
    if (token.text !== '=' || !left || !right || !VALUES.has(right.kind)) return
    if (left.kind !== 'property' && !(left.kind === 'name' && find_variable(environment, left.text))) return
    // `status=500` without spaces is how a line of logfmt says it, and is looked for as it is.
    if (text[token.from - 1] !== ' ' && right.kind !== 'string') return
    meant += `${text.slice(from, token.from)}==${text.slice(token.to, right.from)}${right.kind === 'name' ? JSON.stringify(right.text) : right.text}`
    from = right.to
  })
  return from === 0 ? null : meant + text.slice(from)
}
