import { mark_ranges, parse_ansi, type Spans } from './ansi'
import { cursor_of, level_of, parse_cursor, plain_text, type Entry, type GapEntry, type RecordEntry } from './entry'
import { find_ranges } from './find'
import { pretty_json, pretty_logfmt } from './pretty'
import type { GapRow, LineDetail, LineRow, Row } from './view_messages'

// More of a line than this is shown only when the row is expanded: it bounds the layout work of a row that is on the screen.
const SHOWN = 2000
// And this much of it then: a line may be 256 KiB, and a DOM text of that size makes scrolling halt.
const SHOWN_EXPANDED = 64 * 1024

function cut_spans(spans: Spans, length: number): Spans {
  const cut: Spans = { text: [], style: [] }
  let left = length
  for (let i = 0; i < spans.text.length && left > 0; i += 1) {
    const part = spans.text[i]!.slice(0, left)
    left -= part.length
    cut.text.push(part)
    cut.style.push(spans.style[i]!)
  }
  return cut
}

function detail_of(entry: RecordEntry, merged: boolean): LineDetail {
  const raw = plain_text(entry)
  const shown = raw.slice(0, SHOWN_EXPANDED)
  const brace = shown.search(/[{[]/)
  const pretty =
    entry.format === 'logfmt' ? pretty_logfmt(shown) : brace >= 0 && entry.format === 'json' ? pretty_json(shown.slice(brace)) : undefined
  return {
    pretty: pretty ?? parse_ansi(entry.text.slice(0, SHOWN_EXPANDED)),
    format: pretty ? entry.format : 'text',
    raw,
    cursor: cursor_of(entry, merged),
  }
}

export interface RenderContext {
  find: string
  current: Entry | null
  expanded: ReadonlySet<number>
  merged: boolean
}

function line_row(entry: RecordEntry, context: RenderContext): LineRow {
  const shown = entry.text.length > SHOWN ? entry.text.slice(0, SHOWN + 256) : entry.text
  let spans = parse_ansi(shown)
  let cut = 0
  if (entry.text.length > SHOWN) {
    spans = cut_spans(spans, SHOWN)
    cut = entry.text.length - SHOWN
  }
  if (context.find) spans = mark_ranges(spans, find_ranges(spans.text.join(''), context.find))
  return {
    kind: 'line',
    id: entry.id,
    ms: entry.ms,
    ns: entry.ns,
    container: entry.container,
    level: level_of(entry),
    stream: entry.stream,
    continues: entry.continues,
    folded: entry.folded,
    open: entry.open,
    current: context.current === entry,
    spans,
    cut,
    truncated: entry.truncated,
    detail: context.expanded.has(entry.id) ? detail_of(entry, context.merged) : null,
  }
}

function gap_row(entry: GapEntry): GapRow {
  const place = (cursor: string | null) => (cursor ? (parse_cursor(cursor) ?? null) : null)
  return {
    kind: 'gap',
    id: entry.id,
    ms: entry.ms,
    ns: entry.ns,
    container: entry.container,
    lines: entry.gap.lines,
    reason: entry.gap.reason,
    from: place(entry.gap.after_cursor),
    to: place(entry.gap.before_cursor),
    loading: entry.loading,
    problem: entry.problem,
    // What the engine threw away cannot be read again.
    fillable: entry.gap.reason === 'slow_consumer',
  }
}

/** What the page needs to show an entry: text and class names only. */
export function render_row(entry: Entry, context: RenderContext): Row {
  if (entry.kind === 'record') return line_row(entry, context)
  if (entry.kind === 'gap') return gap_row(entry)
  const { id, ms, ns, container, action, detail } = entry
  return { kind: 'marker', id, ms, ns, container, action, detail }
}
