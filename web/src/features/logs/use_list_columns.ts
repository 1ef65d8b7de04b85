import { computed, shallowRef, watch } from 'vue'
import type { Column } from './columns'

interface Parts {
  names(): ReadonlyMap<string, string>
  columns(): Column[]
  /** The reader is done with changing them. */
  changed(columns: Column[]): void
}

/** What of a list is laid out in columns: the containers' names and the fields that are shown as such. */
export function use_list_columns({ names, columns, changed }: Parts) {
  // Names line up in a column as wide as the longest, within reason.
  const source_width = computed(() => Math.min(24, Math.max(4, ...[...names().values()].map((name) => name.length))) + 2)
  // While a column is made wider its width is not in the URL yet.
  const resizing = shallowRef<Column[] | null>(null)
  const shown = computed(() => resizing.value ?? columns())
  watch(columns, () => (resizing.value = null))
  return {
    shown,
    /** Widths for what is laid out by them, in characters, as properties of a style. */
    widths: computed(() => ({
      '--source': `${source_width.value}ch`,
      '--columns': `${shown.value.reduce((sum, { width }) => sum + width + 1.5, 0)}ch`,
      ...Object.fromEntries(shown.value.map(({ width }, i) => [`--column-${i}`, `${width}ch`])),
    })),
    change(to: Column[], done: boolean): void {
      resizing.value = to
      if (done) changed(to)
    },
  }
}
