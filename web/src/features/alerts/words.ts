// What of a line is likely to be in the next one like it.

const NAME = /^[\p{L}_][\p{L}\p{Nd}_]*$/u
const RESERVED = new Set(['and', 'or', 'not', 'in', 'matches', 'contains', 'startsWith', 'endsWith', 'let', 'if', 'else', 'true', 'false', 'nil'])
/** Whether a key of a structured line is no plain name in an expression. */
export const prefers_quotes = (key: string): boolean => !NAME.test(key) || RESERVED.has(key)

// Long enough to tell a line from others, short enough to be read in a rule.
const LONGEST = 120

/**
 * The longest run of words without a digit: `Timeout waiting for db` of `12:04:07 Timeout waiting for db after 3001ms`. A line of figures
 * alone is itself, shortened. Of a stack trace it is of its head, which the next one begins with as well.
 */
export function stable_part(text: string): string {
  const [head = ''] = text.trim().split(/[\r\n]/, 1)
  const runs = head.split(/(?:^|(?<=\s))\S*\d\S*/u).map((run) => run.trim().replace(/^[^\p{L}\p{N}]+|[\s,;:([{"'=-]+$/gu, ''))
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  return shorten(longest.length >= 3 ? longest : head)
}

function shorten(text: string): string {
  const points = [...text]
  if (points.length <= LONGEST) return text
  const cut = points.slice(0, LONGEST).join('')
  const space = cut.lastIndexOf(' ')
  return space > LONGEST / 2 ? cut.slice(0, space) : cut
}

export interface LineField {
  path: string[]
  value: unknown
}

// Of a line with more, the rest can be written by hand.
const MOST_FIELDS = 40
const DEEPEST = 4
const PAIR = /([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g

/** The fields of a JSON or logfmt line that have a single value, in their order. */
export function fields_in(raw: string, format: string): LineField[] {
  const found: LineField[] = []
  if (format === 'json') {
    const walk = (value: unknown, path: string[]) => {
      if (found.length >= MOST_FIELDS) return
      if (typeof value !== 'object' || value === null) found.push({ path, value })
      else if (!Array.isArray(value) && path.length < DEEPEST) for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key])
    }
    try {
      walk(JSON.parse(raw), [])
    } catch {
      return [] // cut off: it has fields, but nobody knows which
    }
    return found.filter(({ path }) => path.length > 0)
  }
  if (format === 'logfmt')
    for (const [, key, value] of raw.matchAll(PAIR)) {
      if (found.length >= MOST_FIELDS) break
      // Values of logfmt are texts.
      found.push({ path: [key!], value: value!.startsWith('"') ? unescape_logfmt(value!) : value! })
    }
  return found
}

function unescape_logfmt(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted.slice(1, -1)
  }
}

const MESSAGE_KEYS = ['message', 'msg', 'error', 'err', 'event']
/** The field that says in words what happened. */
export const message_field = (fields: readonly LineField[]): LineField | undefined =>
  MESSAGE_KEYS.flatMap((key) => fields.find(({ path, value }) => path.length === 1 && path[0] === key && typeof value === 'string' && value !== '') ?? [])[0]
