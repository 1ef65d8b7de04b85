import { strip_ansi, type Spans } from './ansi'
import type { Field } from './fields'
import type { Structured } from './structured'

/** A structured line as one reads it: the message, then what else it says. */
export interface Sentence {
  spans: Spans
  /** Where in the text each field stands: beginning, end, its number; three numbers for each. */
  marks: number[]
  /** What stands in columns of its own, in their order; empty where the line has no such field. */
  cells: string[]
  /** There is more than was laid out. */
  cut: boolean
}

// More of a value than this is seen in the line's details.
const LONGEST_VALUE = 200
const LONGEST_CELL = 120

const one_line = (value: string) => strip_ansi(value.includes('\n') ? value.trimEnd().replace(/\r?\n\s*/g, ' ⏎ ') : value)

/** A value in a line: in quotes where it would not be seen where it ends. A text of several lines is its first. */
export function short_value({ value, type }: Field): string {
  const end = value.indexOf('\n')
  let text = strip_ansi(end < 0 ? value : value.slice(0, end))
  const cut = text.length > LONGEST_VALUE || end >= 0
  if (text.length > LONGEST_VALUE) text = text.slice(0, LONGEST_VALUE)
  if (cut) text += '…'
  return type === 'text' && (text === '' || /[\s"=]/.test(text)) ? `"${text}"` : text
}

/** `columns`: names of fields that stand in columns of their own. `most`: how many characters are laid out at most. */
export function sentence_of({ fields, message, repeats }: Structured, columns: readonly string[], most: number): Sentence {
  const cells = columns.map((name) => one_line(fields.find((field) => field.path.length > 0 && field.name === name)?.value.slice(0, LONGEST_CELL) ?? ''))
  const said = columns.includes(fields[message]?.name ?? '') ? undefined : fields[message]
  let text = said ? one_line(said.value.slice(0, most)) : ''
  const lead = text.length
  const marks: number[] = said ? [0, lead, message] : []
  let i = 0
  for (; i < fields.length && text.length < most; i += 1) {
    const field = fields[i]!
    if (i === message || repeats.has(i) || (field.path.length && columns.includes(field.name))) continue
    if (text) text += text.length === lead ? '  ' : ' '
    const from = text.length
    text += field.path.length ? `${field.name}=${short_value(field)}` : field.value
    marks.push(from, text.length, i)
  }
  const spans: Spans = { text: [], style: [] }
  if (lead) {
    spans.text.push(text.slice(0, lead))
    spans.style.push('')
  }
  if (text.length > lead) {
    spans.text.push(text.slice(lead))
    spans.style.push(lead ? 'fields' : 'fields alone')
  }
  return { spans, marks, cells, cut: i < fields.length }
}
