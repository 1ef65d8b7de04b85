import type { Row } from './engine/view_messages'
import type { LogView } from './log_view'
import type { Picking } from './row_picking'
import type { ListRows } from './use_list_rows'

/** The marked row, which keys are for, and what they do with it. */
export function use_list_mark(view: LogView, list: ListRows, picking: Pick<Picking, 'extend' | 'clear'> & { number_of(row: Row): number }) {
  const { scroller, rows, from, follow, marked, heights } = list
  const index_of_mark = () => rows.value.findIndex((row) => row.id === marked.value)
  const row = () => rows.value.find(({ id }) => id === marked.value)
  return {
    row,
    /** To the next or the previous row, which comes into sight; with `pick` the rows that it passes are picked. */
    move(by: 1 | -1, pick = false): void {
      const el = scroller.value
      if (!el) return
      let index = index_of_mark()
      if (index < 0) index = (by > 0 ? heights.row_at(el.scrollTop) : heights.row_at(el.scrollTop + el.clientHeight - 1)) - from.value - by
      const next = rows.value[index + by]
      if (!next) return
      list.set_follow(false)
      if (pick) picking.extend(from.value + index + by, from.value + index)
      else picking.clear()
      marked.value = next.id
      const top = heights.top(from.value + index + by)
      const bottom = heights.top(from.value + index + by + 1)
      if (top < el.scrollTop) el.scrollTop = top
      else if (bottom > el.scrollTop + el.clientHeight) el.scrollTop = bottom - el.clientHeight
    },
    /** Picks from the marked row to this one. */
    pick_to(to: Row): void {
      list.set_follow(false)
      getSelection()?.removeAllRanges()
      picking.extend(picking.number_of(to), picking.number_of(row() ?? to))
      marked.value = to.id
    },
    /** The row from which "next" and "previous" are meant: the marked one when it is in sight, else the first in sight. */
    reading_row(): number {
      const el = scroller.value
      if (!el) return 0
      const [first, last] = list.numbers_in_sight(el)
      const index = index_of_mark()
      const number = from.value + index
      return index >= 0 && number >= first && number <= last ? number : follow.value ? last + 1 : first
    },
    /** `by_key`: what opens comes into sight; under a pointer nothing moves. */
    toggle_details({ kind, id }: Pick<Row, 'kind' | 'id'>, by_key = false): void {
      if (kind !== 'line') return
      list.set_follow(false)
      if (by_key) list.reveal(id)
      view.send({ do: 'expand', id })
    },
  }
}
export type ListMark = ReturnType<typeof use_list_mark>
