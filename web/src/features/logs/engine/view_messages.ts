import type { Copied } from './copy'
import type { ContainerEvent, Problem } from '@/lib/api/types'
import type { Moment } from '@/lib/format/time'
import type { Bounds } from '@/features/range/time_range'
import type { ReaderState } from '@/lib/live/messages'
import type { Spans } from './ansi'
import type { Field } from './fields'
import type { FieldCounts } from './field_counter'

/** What a view is to show: of its log only what lies in `range`. `at` opens it at a line or a time instead of at its end. `stored`: history keeps all of these logs, where the server has one. */
export interface ViewSource {
  containers: string[]
  filter: string
  range: Bounds
  at: ViewPlace | null
  stored: boolean
}
export interface ViewPlace extends Moment {
  seq?: number
  container?: string | null
}

/** How the page looks at the rows: row numbers are absolute within `epoch`. */
export interface Look {
  epoch: number
  from: number
  count: number
  /** The rows at the live end are wanted, whatever `from` says. */
  follow: boolean
  /** The entry that is to stay where it is when the numbering starts anew, and its row's distance from `from`. */
  anchor: number | null
  anchor_offset: number
  /** The last jump (`ViewUpdate.jump`) that the page has made: looks from before a jump are out of date. */
  jump: number
}

/** How lines are laid out. `columns`: names of the fields that stand in columns of their own; `names`: those of the containers. */
export interface Presentation {
  structured: boolean
  columns: string[]
  names: Record<string, string>
}

/** What the page asks of the worker for one view. */
export type ViewCommand =
  | { do: 'open'; source: ViewSource; levels: number; streams: number; fold: boolean; find: string }
  | { do: 'containers'; containers: string[]; recreated: { container: string; name: string }[] }
  | { do: 'filter'; filter: string; range: Bounds }
  /** What is known to have happened to the containers, in order of time; of none: such rows are not wanted. */
  | { do: 'events'; events: readonly ContainerEvent[] }
  | { do: 'look'; look: Look }
  | { do: 'applied' }
  | { do: 'copy'; epoch: number; from: number; to: number; names: Record<string, string> | null }
  | { do: 'present'; presentation: Presentation }
  /** A field of a line: its number (`LineRow.marks`) or its name. */
  | { do: 'field'; id: number; field: number | string }
  | { do: 'detail'; id: number }
  | { do: 'count_fields'; on: boolean }
  | { do: 'show'; levels: number; streams: number }
  | { do: 'fold'; fold: boolean }
  | { do: 'toggle'; id: number }
  | { do: 'expand'; id: number }
  | { do: 'fill'; id: number }
  | { do: 'find'; query: string; row: number }
  | { do: 'find_step'; by: 1 | -1; row: number }
  | { do: 'error_step'; by: 1 | -1; row: number }
  | { do: 'go_to'; place: ViewPlace }
  | { do: 'go_live' }
  | { do: 'go_first' }
  | { do: 'retry' }
  | { do: 'retry_older' }
  | { do: 'retry_newer' }
  | { do: 'close' }

export interface LineRow extends Moment {
  kind: 'line'
  id: number
  container: string
  level: number
  stream: number
  continues: boolean
  /** Lines folded under this one, and whether they are shown. */
  folded: number
  open: boolean
  /** A match of the search that is the current one. */
  current: boolean
  spans: Spans
  /** Of a structured line where in its text each field stands: beginning, end and the field's number, three for each. */
  marks: number[]
  /** Its values in the columns, in their order; null for a line that is shown as it came. */
  cells: string[] | null
  /** The line as it came, where its spans are not that and it is no long one. */
  raw: string | null
  /** Changes with the presentation. */
  look: number
  /** Characters that are not shown until the row is expanded. */
  cut: number
  truncated: boolean
  detail: LineDetail | null
}

export interface LineDetail {
  /** The line without its colours, laid out when it is JSON or logfmt. */
  pretty: Spans
  format: string
  /** Of a structured line, where lines are shown as such. */
  fields: DetailField[] | null
  raw: string
  cursor: string
  /** Characters that are not shown even here. */
  cut: number
}

/** `is`: what it is to the line, besides one of its values. `cut`: characters of the value that are not here. */
export interface DetailField extends Field {
  is: 'message' | 'repeats' | 'stack' | null
  cut: number
}

export interface GapRow extends Moment {
  kind: 'gap'
  id: number
  container: string
  lines: number | null
  reason: string
  from: Moment | null
  to: Moment | null
  loading: boolean
  problem: Problem | null
  fillable: boolean
}

export interface MarkerRow extends Moment {
  kind: 'marker'
  id: number
  container: string
  action: string
  detail: string
}

/** `previous`: the time of the row before it, in ms since 1970; null: there is none. */
export type Row = (LineRow | GapRow | MarkerRow) & { previous: number | null }
export type EndState = 'idle' | 'loading' | 'failed' | 'end'

export interface ViewState {
  phase: 'loading' | 'ready' | 'failed'
  problem: Problem | null
  /** The rows still are those of an earlier filter. */
  stale: boolean
  /** The backlog is through: what comes is live. */
  live: boolean
  /** The held part reaches to the live end; a range that has an end has none. */
  attached: boolean
  /** New lines since the reader left the end. */
  fresh: number
  older: EndState
  newer: EndState
  /** Of the part of which every line is held: heads by level; lines, and the time of the first. */
  counts: number[]
  whole: { lines: number; since: Moment | null }
  /** Lines held. */
  records: number
  /** The rest of the log is being looked through. */
  searching: boolean
  readers: Record<string, { state: ReaderState; reason: string }>
  find: { query: string; total: number; at: number }
}

export type Notice = 'find_wrapped' | 'find_none' | 'no_more_errors' | 'page_failed'

/** What the worker tells the page of one view. `rows` are `[from, from + rows.length)` of `[base, base + count)`. */
export interface ViewUpdate {
  epoch: number
  base: number
  count: number
  from: number
  rows: Row[]
  state: ViewState
  /** How many jumps the worker has asked for. */
  jump: number
  /** The row that takes the place of the one that was read, where that is no longer there. */
  reading?: number
  /** A row to bring into sight. */
  go_to?: { row: number; id: number }
  notice?: Notice
  copied?: Copied
  /** The field, and the details of a line, that were asked for. */
  field?: Field
  detail?: { id: number; detail: LineDetail }
  /** What is counted of fields, when it is news. */
  fields?: FieldCounts
}
