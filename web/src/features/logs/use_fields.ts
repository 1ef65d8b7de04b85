import { computed, onUnmounted, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { useRouter, type LocationQueryRaw } from 'vue-router'
import { toggle_column } from './columns'
import type { FieldCounts } from './engine/field_counter'
import type { Field } from './engine/fields'
import type { LineDetail, LineRow, ViewUpdate } from './engine/view_messages'
import { conditions_of, with_condition } from './field_conditions'
import type { LogQuery } from './log_url'
import type { LogView } from './log_view'

interface Parts {
  view: LogView
  query: ComputedRef<LogQuery>
  set_query(change: Partial<LogQuery>): void
  names: ShallowRef<ReadonlyMap<string, string>>
  /** What a new rule for what is shown begins with. */
  rule_query(): LocationQueryRaw
  copy(text: string): void
}

/** The fields of a log view's lines: how they are shown, what is counted of them, and the menu of a value that was clicked. */
export function use_fields({ view, query, set_query, names, rule_query, copy }: Parts) {
  const router = useRouter()
  const counts = shallowRef<FieldCounts | null>(null)
  const chosen = shallowRef<{ field: Field; x: number; y: number; key: number } | null>(null)
  let last_key = 0
  // What the worker was asked for, and what is to be done with its answer.
  let asked: { x: number; y: number } | null = null
  let detailed: { id: number; then: (detail: LineDetail) => void } | null = null

  const show = () => {
    const { raw, columns, fields } = query.value
    view.send({ do: 'present', presentation: { structured: !raw, columns: columns.map(({ name }) => name), names: Object.fromEntries(names.value) } })
    if (fields) view.send({ do: 'count_fields', on: true })
  }
  const presentation = computed(() => JSON.stringify([query.value.raw, query.value.columns.map(({ name }) => name), [...names.value]]))
  watch(presentation, show)
  watch(
    () => query.value.fields,
    (on) => {
      counts.value = null
      view.send({ do: 'count_fields', on })
    },
  )
  onUnmounted(() => (asked = detailed = null))

  const open_menu = (field: Field, x: number, y: number) => {
    chosen.value = { field, x, y, key: ++last_key }
  }
  const toggle = (name: string, value: string) => set_query({ columns: toggle_column(query.value.columns, name, value) })
  /** Does something with the chosen field, while there is one. */
  const with_chosen = (action: (field: Field) => void) => chosen.value && action(chosen.value.field)

  return {
    counts,
    /** Tells the worker how lines are shown; after a view was opened. */
    show,
    open_menu,
    toggle,
    /** The menu that is open: what `FieldMenu` takes. */
    menu: computed(() => chosen.value && { ...chosen.value, is_column: query.value.columns.some(({ name }) => name === chosen.value?.field.name) }),
    close_menu: () => (chosen.value = null),
    ask(field: { id: number; field: number | string }, x: number, y: number): void {
      asked = { x, y }
      view.send({ do: 'field', ...field })
    },
    with_detail(row: LineRow, then: (detail: LineDetail) => void): void {
      if (row.detail) return then(row.detail)
      detailed = { id: row.id, then }
      view.send({ do: 'detail', id: row.id })
    },
    /** What the worker says of fields. */
    take({ field, detail, fields }: ViewUpdate): void {
      if (fields && query.value.fields) counts.value = fields
      if (field && asked) open_menu(field, asked.x, asked.y)
      if (field) asked = null
      if (detail && detail.id === detailed?.id) detailed.then(detail.detail)
    },
    filter: (keep: boolean) =>
      with_chosen((field) => {
        const { is, is_not } = conditions_of(field)
        set_query({ filter: with_condition(query.value.filter, keep ? is : is_not), typed: '', at: null })
      }),
    toggle_menu_column: () => with_chosen(({ name, value }) => toggle(name, value)),
    copy: () => with_chosen(({ value }) => copy(value)),
    alert: () => with_chosen((field) => void router.push({ name: 'rule_new', query: { ...rule_query(), log: conditions_of(field).is } })),
  }
}
