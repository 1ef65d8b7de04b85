import { reason_of } from '@/lib/api/reason'
import type { Problem } from '@/lib/api/types'
import { offset_of, type Fault } from '@/features/expression/place'

/** What the server refused of a form, and where: `count.over`, `by[1]`, `labels.team`; `key` empty: the whole. */
export interface Refused {
  key: string
  message: string
  line?: number
  column?: number
}

/** Reads "'count.over' must be a whole number (1:5)", as the API names what it refuses. */
export function refused_of(problem: Problem): Refused {
  const detail = reason_of(problem)
  const found = /^'([^']{1,200})' ([\s\S]+)$/.exec(detail)
  const place = { ...(problem.line !== undefined && { line: problem.line }), ...(problem.column !== undefined && { column: problem.column }) }
  // The place is marked in the text itself.
  const message = (found?.[2] ?? detail).replace(/ \(\d+:\d+\)$/, '')
  return { key: found?.[1] ?? '', message, ...place }
}

/** Whether a refusal is about this field or something in it. */
export const is_about = ({ key }: Refused, field: string): boolean => key === field || (key.startsWith(field) && /^[.[]/.test(key.slice(field.length)))

/** The same as a fault in the text that was sent. */
export function fault_of({ message, line, column }: Refused, sent: string): Fault {
  const all = { message, offset: 0, length: [...sent].length }
  return line === undefined || column === undefined ? all : { message, offset: offset_of(sent, line, column), length: 0 }
}
