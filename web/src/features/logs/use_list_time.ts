import { computed, shallowRef } from 'vue'
import { compare_moments, format_clock, format_day, type Moment } from '@/lib/format/time'
import type { Row } from './engine/view_messages'
import type { LogView } from './log_view'
import type { ListRows } from './use_list_rows'

// For so long nothing else is asked for, while a time is that is not at hand.
const SEEKING_MS = 2000

/** The time that a list shows, told and set: views that stand side by side show the same. `tell` gets a line, or null for the live end. */
export function use_list_time(view: LogView, list: ListRows, tell: (to: Moment | null) => void) {
  const { scroller, rows, from, follow, heights } = list
  const top_row = shallowRef<Row | null>(null)
  let told: number | null = null
  // When a time was asked for that is not at hand.
  let sought = 0
  let arriving = false
  /** The time that the other view shows by now. */
  let wanted: Moment | null = null

  const row_at_top = (el: HTMLElement) => rows.value[heights.row_at(el.scrollTop) - from.value]
  /** The list stands elsewhere: tells where, once its rows are there. */
  function moved(el: HTMLElement): void {
    const row = row_at_top(el)
    if (row) top_row.value = row
    const top = follow.value ? null : row
    if (top === undefined || (top?.id ?? null) === told) return
    told = top?.id ?? null
    tell(top)
  }

  /** Brings the first line at or after a time to the top, as another view has it; null: goes to the live end. */
  function show(moment: Moment | null): void {
    wanted = moment
    const el = scroller.value
    if (!el || (sought && performance.now() - sought < SEEKING_MS)) return
    if (moment === null) return follow.value ? undefined : list.go_end()
    list.set_follow(false)
    const index = rows.value.findIndex((row) => compare_moments(row, moment) >= 0)
    const end = from.value + rows.value.length === heights.first + heights.count
    if (index > 0 || (index === 0 && from.value === heights.first && view.state.value?.older === 'end')) el.scrollTop = heights.top(from.value + index)
    else if (index < 0 && end && view.state.value?.newer === 'end') el.scrollTop = el.scrollHeight
    else {
      sought = performance.now()
      return view.send({ do: 'go_to', place: { ms: moment.ms, ns: moment.ns } })
    }
    list.placed(el)
  }

  return {
    moved,
    show,
    /** Whether the line that comes was asked for to be at the top. */
    arrives(): boolean {
      arriving = sought > 0
      sought = 0
      return arriving
    },
    /** The line that came is there: the other view may have gone on meanwhile. */
    shown(): void {
      if (arriving && wanted) show(wanted)
      arriving = false
    },
    forget: () => (top_row.value = null),
    /** When the lines in sight were written: the day, and of a place further back the time. */
    label: computed(() => {
      const row = follow.value ? rows.value.at(-1) : top_row.value
      if (!row) return ''
      return format_day(row.ms, list.zone()) + (follow.value ? '' : ` ${format_clock(row, list.zone(), 'ms').slice(0, 8)}`)
    }),
  }
}
