// The expressions that are made of a value when it is clicked.
import { field_of, quote, text_has } from '@/features/alerts/expressions'
import type { Field } from './engine/fields'

// A longer text is known by its beginning.
const LONGEST = 400
const BEGINNING = 200

/** Numbers of lines are floats; what has more digits than they keep must not be taken for an integer that is too large. */
function number_literal(written: string): string {
  const value = Number(written)
  const literal = Number.isInteger(value) && !Number.isSafeInteger(value) ? `${value}`.replace(/^-?\d+$/, '$&.0') : String(value)
  return value < 0 ? `(${literal})` : literal
}

/** Conditions that lines fulfil which have this value, and which have not. */
export function conditions_of({ path, value, type }: Pick<Field, 'path' | 'value' | 'type'>): { is: string; is_not: string } {
  // A list, or a word without a key: the line has it as it is written here.
  if (type === 'list' || path.length === 0) return { is: text_has(value), is_not: `not (${text_has(value)})` }
  const field = field_of(path)
  if (type === 'text' && value.length > LONGEST) {
    const begins = `(${field} ?? "") startsWith ${quote(value.slice(0, BEGINNING))}`
    return { is: begins, is_not: `not (${begins})` }
  }
  const literal = type === 'text' ? quote(value) : type === 'number' ? number_literal(value) : type === 'null' ? 'nil' : value
  return { is: `${field} == ${literal}`, is_not: `${field} != ${literal}` }
}

// What binds more loosely than `and`, or opens something that goes on to the end.
const LOOSE = /\b(or|let)\b|\?(?!\.)|[;|]/

/** A filter that lets only lines through for which the condition holds, too. */
export function with_condition(filter: string, condition: string): string {
  if (filter.trim() === '') return condition
  return `${LOOSE.test(filter) ? `(${filter})` : filter} and ${condition}`
}
