import { computed, onMounted, onUnmounted } from 'vue'
import type { Column } from './columns'
import type { LineRow, Row } from './engine/view_messages'
import { field_at, light_up } from './field_pointer'
import type { use_row_picking } from './row_picking'
import type { ListMark } from './use_list_mark'
import type { ListRows } from './use_list_rows'

interface Parts {
  list: ListRows
  picking: ReturnType<typeof use_row_picking>
  mark: ListMark
  row_of(target: EventTarget | null): Row | undefined
  columns(): readonly Column[]
  /** The time that is pointed at in a chart, in ms. */
  pointed(): number | null
  /** A field was clicked: its number in the line, or of a column its name. */
  ask(field: { id: number; field: number | string }, x: number, y: number): void
  /** The time of the line under the pointer, in ms. */
  point(ms: number | null): void
}

// A second click within this time selects a word: details are opened only after it.
const DOUBLE_CLICK_MS = 220

/** What the pointer does in a list: a click marks a row and opens its details or a field's menu, with Shift it picks; what a click would take is lit up. */
export function use_list_pointer({ list, picking, mark, row_of, columns, pointed, ask, point }: Parts) {
  const { rows, marked, selecting } = list
  let click_timer: ReturnType<typeof setTimeout> | undefined
  let told_point: number | null = null

  const field_under = ({ target, clientX, clientY }: MouseEvent, row: LineRow) => {
    const text = target instanceof Element && target.closest('.fields') ? target.closest('.text') : null
    return { text, place: text && field_at(row, text, clientX, clientY) }
  }
  function clicked_field(event: MouseEvent, row: LineRow): number | string | undefined {
    const cell = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[data-cell]')?.dataset.cell : undefined
    if (cell === undefined) return field_under(event, row).place?.field
    return row.cells?.[+cell] ? columns()[+cell]?.name : undefined
  }
  function point_at(ms: number | null): void {
    if (ms === told_point) return
    point((told_point = ms))
  }

  onMounted(() => {
    addEventListener('pointerup', list.release)
    addEventListener('pointercancel', list.release)
  })
  onUnmounted(() => {
    clearTimeout(click_timer)
    removeEventListener('pointerup', list.release)
    removeEventListener('pointercancel', list.release)
  })
  return {
    on_press(event: PointerEvent): void {
      list.hold()
      picking.on_press(event)
    },
    on_click(event: MouseEvent): void {
      clearTimeout(click_timer)
      const row = row_of(event.target)
      if (!row || event.detail > 1) return
      if (event.shiftKey) return mark.pick_to(row)
      if (selecting()) return
      if (row.kind === 'line') list.set_follow(false)
      picking.clear()
      marked.value = row.id
      const field = row.kind === 'line' ? clicked_field(event, row) : undefined
      // What opens must not move under the second click.
      click_timer = setTimeout(() => {
        if (selecting()) return
        if (field === undefined) mark.toggle_details(row)
        else ask({ id: row.id, field }, event.clientX, event.clientY + 6)
      }, DOUBLE_CLICK_MS)
    },
    on_move(event: PointerEvent): void {
      picking.on_drag(event)
      const row = event.buttons === 0 && event.target instanceof Element && event.target.classList.contains('fields') ? row_of(event.target) : undefined
      const { text, place } = row?.kind === 'line' ? field_under(event, row) : { text: null, place: null }
      light_up(text, place)
      point_at(event.buttons === 0 ? (row_of(event.target)?.ms ?? null) : null)
    },
    on_leave(): void {
      light_up(null, null)
      point_at(null)
    },
    /** The line of the time that is pointed at elsewhere: the last that was written by then, of those on the screen. */
    pointed_row: computed(() => {
      const at = pointed()
      if (at === null || at === told_point) return null
      const shown = rows.value
      if (!shown.length || at < shown[0]!.ms || at > shown.at(-1)!.ms) return null
      return shown.findLast(({ ms }) => ms <= at)?.id ?? null
    }),
  }
}
