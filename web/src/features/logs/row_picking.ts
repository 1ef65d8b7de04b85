import { shallowRef, type ShallowRef } from 'vue'

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
