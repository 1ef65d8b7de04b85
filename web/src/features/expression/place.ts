/** What is wrong with a text, as the server says it: `length` code points from `offset` code points on; 0 for a point. */
export interface Fault {
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

/** Where a fault stands in a text of which the white space around it was not sent. */
export function fault_in(text: string, { message, offset, length }: Fault): Fault {
  return { message, offset: offset + [...text].length - [...text.trimStart()].length, length }
}
