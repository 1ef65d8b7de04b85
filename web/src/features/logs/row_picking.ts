import { onMounted, onUnmounted, shallowRef, type ShallowRef } from 'vue'
import type { Row } from './engine/view_messages'

/** Rows that are picked, by their numbers, both ends included; `from` is where it began. */
export interface Picked {
  from: number
  to: number
}
export const first_of = ({ from, to }: Picked): number => Math.min(from, to)
export const last_of = ({ from, to }: Picked): number => Math.max(from, to)

export interface Picking {
  picked: ShallowRef<Picked | null>
  /** From the picked beginning, else from `mark`, to a row. */
  extend(to: number, mark: number): void
  clear(): void
  /** The rows have other numbers now: `by` higher, or (null) nobody knows. */
  renumber(by: number | null): void
  /** A button was pressed over a row: a selection may begin there. */
  press(row: number): void
  /** The pointer, still pressed, is over a row. Returns whether rows are being picked in place of text. */
  drag(row: number, first_mounted: number, last_mounted: number): boolean
  release(): void
}

/**
 * Picks whole rows, mounted or not. A text selection lives in the rows that are mounted: when the row in which one began leaves the screen,
 * the rows from there on are picked in its place.
 */
export function create_picking(): Picking {
  const picked = shallowRef<Picked | null>(null)
  let pressed: number | null = null
  let dragging = false
  return {
    picked,
    extend(to, mark) {
      picked.value = { from: picked.value?.from ?? mark, to }
    },
    clear() {
      picked.value = null
    },
    renumber(by) {
      const now = picked.value
      if (now) picked.value = by === null ? null : { from: now.from + by, to: now.to + by }
      if (pressed !== null) pressed = by === null ? null : pressed + by
    },
    press(row) {
      pressed = row
      dragging = false
    },
    drag(row, first_mounted, last_mounted) {
      if (pressed === null) return false
      dragging ||= pressed < first_mounted || pressed > last_mounted
      if (dragging) picked.value = { from: pressed, to: row }
      return dragging
    },
    release() {
      pressed = null
      dragging = false
    },
  }
}

/** What picking asks of the list. */
export interface ListParts {
  /** The mounted rows and the number of the first. */
  mounted(): { rows: readonly Row[]; from: number }
  row_of(target: EventTarget | null): Row | undefined
  /** The text that is selected lies in the list. */
  selecting(): boolean
  /** Puts rows on the clipboard. */
  copy(first: number, last: number): void
}

/** The pointer's and the clipboard's side of picking, until the calling component goes. */
export function use_row_picking(parts: ListParts) {
  const picking = create_picking()
  // Where the pointer is, while its button is pressed.
  let pointer: { clientX: number; clientY: number } | null = null
  const release = () => {
    pointer = null
    picking.release()
  }
  onMounted(() => addEventListener('pointerup', release))
  onUnmounted(() => removeEventListener('pointerup', release))
  const number_of = (row: Row) => parts.mounted().from + parts.mounted().rows.indexOf(row)
  const rows_of = ({ startContainer, endContainer }: Range) =>
    [startContainer, endContainer].map((node) => {
      const id = (node instanceof Element ? node : node.parentElement)?.closest<HTMLElement>('[data-id]')?.dataset.id
      return parts.mounted().rows.find((row) => String(row.id) === id)
    })
  const drag_to = (target: EventTarget | null) => {
    const over = parts.row_of(target)
    const { rows, from } = parts.mounted()
    if (over && picking.drag(number_of(over), from, from + rows.length - 1)) getSelection()?.removeAllRanges()
  }
  return {
    ...picking,
    number_of,
    /** How many rows are picked. */
    count: () => (picking.picked.value ? last_of(picking.picked.value) - first_of(picking.picked.value) + 1 : 0),
    has: (row: number) => picking.picked.value !== null && row >= first_of(picking.picked.value) && row <= last_of(picking.picked.value),
    /** Copies what is picked, else the given row. */
    copy(row: Row | undefined): void {
      const { value } = picking.picked
      if (value) parts.copy(first_of(value), last_of(value))
      else if (row) parts.copy(number_of(row), number_of(row))
    },
    on_press(event: PointerEvent): void {
      const row = event.button === 0 && event.pointerType === 'mouse' ? parts.row_of(event.target) : undefined
      if (!row) return
      if (event.shiftKey) event.preventDefault() // or the browser selects the text up to here
      else {
        pointer = event
        picking.press(number_of(row))
      }
    },
    on_drag(event: PointerEvent): void {
      pointer = (event.buttons & 1) !== 0 ? event : null
      if (pointer) drag_to(event.target)
    },
    /** Other rows may be under the pointer now, which need not have moved. */
    on_rows_moved(): void {
      if (pointer) drag_to(document.elementFromPoint(pointer.clientX, pointer.clientY))
    },
    /** A selection over several rows is copied as those lines, with their times: what stands between the columns is no text of theirs. */
    on_copy(event: ClipboardEvent): void {
      const [first, last] = parts.selecting() ? rows_of(getSelection()!.getRangeAt(0)) : []
      if (first && last && first !== last) parts.copy(number_of(first), number_of(last))
      else if (!parts.selecting() && picking.picked.value) this.copy(undefined)
      else return
      event.preventDefault()
    },
  }
}
