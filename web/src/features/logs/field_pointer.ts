import type { LineRow } from './engine/view_messages'

// The fields of a line are one text in one element: which of them is meant follows from where the pointer is in that text.

/** Where in an element's text a point of the screen is; undefined: not over its text. */
function text_offset(element: Element, x: number, y: number): number | undefined {
  const caret = document.caretPositionFromPoint?.(x, y)
  const range = caret ? undefined : document.caretRangeFromPoint?.(x, y)
  const [node, offset] = caret ? [caret.offsetNode, caret.offset] : [range?.startContainer, range?.startOffset]
  if (!node || offset === undefined || node.nodeType !== Node.TEXT_NODE || !element.contains(node)) return undefined
  const before = document.createRange()
  before.setStart(element, 0)
  before.setEnd(node, offset)
  return before.toString().length
}

export interface FieldPlace {
  field: number
  from: number
  to: number
}

/** Which field of a structured line is at a point. */
export function field_at(row: LineRow, element: Element, x: number, y: number): FieldPlace | null {
  const at = text_offset(element, x, y)
  if (at === undefined) return null
  for (let i = 0; i < row.marks.length; i += 3) {
    const [from, to, field] = row.marks.slice(i, i + 3) as [number, number, number]
    if (at >= from && at <= to) return { field, from, to }
  }
  return null
}

/** The text of an element from one offset to another. */
function range_in(element: Element, from: number, to: number): Range {
  const range = document.createRange()
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  let at = 0
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const end = at + (node.nodeValue?.length ?? 0)
    if (from >= at && from <= end) range.setStart(node, from - at)
    if (to <= end) {
      range.setEnd(node, to - at)
      break
    }
    at = end
  }
  return range
}

/** Lights up what a click would take; null: nothing. Without an element of its own, and not at all where the browser cannot. */
export function light_up(element: Element | null, place: FieldPlace | null): void {
  if (typeof Highlight === 'undefined') return
  if (element && place) CSS.highlights.set('field', new Highlight(range_in(element, place.from, place.to)))
  else CSS.highlights.delete('field')
}
