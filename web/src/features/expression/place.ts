import type { Fault } from './reading'

/** What `POST api/v1/expr/check` and a refused filter say about an expression. */
export interface ReportedError {
  message: string
  offset: number
  length: number
}

/** How many code points a text has. */
export const points_in = (text: string): number => [...text].length
/** The UTF-16 place after so many code points of an expression, whose text has white space before it that was left out. */
export const place_in = (text: string, points: number): number => {
  const start = text.length - text.trimStart().length
  return start + [...text.slice(start)].slice(0, points).join('').length
}

/** The UTF-16 range of a text that a fault is about. A fault at a point covers the character there; at the end of the text it is empty. */
export function range_of(text: string, fault: Pick<Fault, 'offset' | 'length'>): { from: number; to: number } {
  const points = [...text]
  const at = (count: number) => points.slice(0, count).join('').length
  const start = Math.max(0, fault.offset)
  return { from: at(start), to: at(start + Math.max(1, fault.length)) }
}

/** The code points before a place that is given by its line and column, both from 1. */
export function offset_of(text: string, line: number, column: number): number {
  const before = text.split('\n').slice(0, Math.max(0, line - 1))
  return Math.min([...text].length, before.reduce((sum, each) => sum + [...each].length + 1, 0) + Math.max(0, column - 1))
}

/**
 * Where an error of an expression stands in the text that it was made from. Of words, the expression was made by us, and its places mean
 * nothing to the reader: the whole text is meant. Of an expression, the white space before it was left out.
 */
export function fault_in(text: string, words: boolean, error: ReportedError): Fault {
  if (words) return { message: error.message, offset: 0, length: [...text].length }
  const left_out = [...text].length - [...text.trimStart()].length
  return { message: error.message, offset: error.offset + left_out, length: error.length }
}
