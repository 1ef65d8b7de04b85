import { FUNCTIONS } from './functions'
import { read_expression, tokenize } from './lexer'

/** The call that a place is in. */
export interface ActiveCall {
  name: string
  /** Where the name stands. */
  at: number
  /** The argument that is being written, from 0. */
  argument: number
}

/** The parameters as the signature writes them. */
export const parameters_of = (signature: string): string[] =>
  signature
    .slice(signature.indexOf('(') + 1, signature.lastIndexOf(')'))
    .split(', ')
    .filter(Boolean)

/** Which of the parameters an argument belongs to: the last one takes any further ones. */
export const parameter_of = (signature: string, argument: number): number => Math.max(0, Math.min(argument, parameters_of(signature).length - 1))

/** The innermost call of a known function around a place. */
export function active_call(text: string, at: number): ActiveCall | null {
  const open: { at: number; name: string; commas: number }[] = []
  const tokens = tokenize(text, read_expression).filter((token) => token.from < at && token.kind !== 'comment')
  tokens.forEach((token, i) => {
    if (token.kind === 'bracket' && '([{'.includes(token.text)) {
      const before = tokens[i - 1]
      // A method is not a function of that name.
      const called = token.text === '(' && before?.kind === 'function' && !/^\??\.$/.test(tokens[i - 2]?.text ?? '')
      open.push({ at: called ? before.from : token.from, name: called ? before.text : '', commas: 0 })
    } else if (token.kind === 'bracket') open.pop()
    else if (token.text === ',' && open.length > 0) open.at(-1)!.commas += 1
  })
  const inner = open.findLast((each) => FUNCTIONS.has(each.name))
  if (!inner) return null
  return { name: inner.name, at: inner.at, argument: inner.commas }
}
