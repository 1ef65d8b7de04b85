import type { Row, ViewUpdate } from './engine/view_messages'
import type { RowHeights } from './row_heights'

/** Rows that are mounted: the first has the number `from`. */
export interface Mounted {
  rows: readonly Row[]
  from: number
}
/** What part of all rows is in sight: from `top` on, `height` pixels. */
export interface Sight {
  top: number
  height: number
}
/** A row that is to stay where it is: `offset` pixels below the upper edge of what is in sight. */
export interface Anchor {
  id: number
  row: number
  offset: number
}

/** The row that is being read: the first in sight. What is read is not a gap that is being filled, but the line after it. */
export function anchor_in({ rows, from }: Mounted, heights: RowHeights, { top }: Sight): Anchor | null {
  let row = Math.max(heights.row_at(top), from)
  while (rows[row - from]?.kind === 'gap' && row - from < rows.length - 1) row += 1
  const found = rows[row - from]
  return found ? { id: found.id, row, offset: heights.top(row) - top } : null
}

/**
 * The row that stays where it is when rows are numbered anew, with its new number: of those from `anchor` on that are in sight and still there
 * the marked one, else the first that is seen whole. Null: none is still there.
 */
export function kept_row({ rows, from }: Mounted, heights: RowHeights, sight: Sight, anchor: Anchor, marked: number | null, update: Pick<ViewUpdate, 'rows' | 'from'>): { anchor: Anchor; row: number } | null {
  const numbers = new Map(update.rows.map((row, i) => [row.id, update.from + i]))
  const kept: { anchor: Anchor; row: number }[] = []
  for (let { row } = anchor; row - from < rows.length && heights.top(row) < sight.top + sight.height; row += 1) {
    const { id } = rows[row - from]!
    const found = numbers.get(id)
    if (found !== undefined) kept.push({ anchor: { id, row, offset: heights.top(row) - sight.top }, row: found })
  }
  return kept.find((each) => each.anchor.id === marked) ?? kept.find((each) => each.anchor.offset >= 0) ?? kept[0] ?? null
}

/** Whether a row that is mounted shows all that another one would. */
export function same_row(a: Row, b: Row): boolean {
  if (a.id !== b.id || a.kind !== b.kind || a.previous !== b.previous) return false
  if (a.kind === 'line' && b.kind === 'line')
    return a.look === b.look && a.folded === b.folded && a.open === b.open && a.current === b.current && !a.detail && !b.detail && a.spans.text.length === b.spans.text.length && !a.spans.style.includes('hit') && !b.spans.style.some((style) => style.includes('hit'))
  return a.kind === 'marker'
}
