import { mark_ranges, parse_ansi, show_bidi, type Spans } from './ansi'
import { cursor_of, level_of, parse_cursor, plain_text, type Entry, type GapEntry, type RecordEntry } from './entry'
import { find_ranges } from './find'
import { pretty_json, pretty_logfmt } from './pretty'
import type { GapRow, LineDetail, LineRow, MarkerRow } from './view_messages'

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

/** A line with what is folded under it, laid out. */
function detail_of(entry: RecordEntry, { merged, folded }: RenderContext): LineDetail {
  const all = [entry, ...folded(entry)]
  const raw = all.map(plain_text).join('\n')
  const brace = raw.search(/[{[]/)
  // The whole of it, for a part of a JSON text is none: what is too much is left out of the result.
  const laid_out = all.length > 1 ? undefined : entry.format === 'logfmt' ? pretty_logfmt(raw) : brace >= 0 && entry.format === 'json' ? pretty_json(raw.slice(brace)) : undefined
  const pretty = laid_out ?? join_spans(all.map(({ text }) => parse_ansi(text)))
  const length = pretty.text.reduce((sum, part) => sum + part.length, 0)
  return {
    pretty: show_bidi(length > SHOWN_EXPANDED ? cut_spans(pretty, SHOWN_EXPANDED) : pretty),
    format: laid_out ? entry.format : 'text',
    raw,
    cursor: cursor_of(entry, merged),
    cut: Math.max(0, length - SHOWN_EXPANDED),
  }
}

function join_spans(lines: Spans[]): Spans {
  const [first, ...others] = lines
  return { text: [...first!.text, ...others.flatMap(({ text }) => ['\n', ...text])], style: [...first!.style, ...others.flatMap(({ style }) => ['', ...style])] }
}

export interface RenderContext {
  find: string
  current: Entry | null
  expanded: ReadonlySet<number>
  merged: boolean
  /** The lines that are folded under one. */
  folded(entry: RecordEntry): RecordEntry[]
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
    spans: show_bidi(spans),
    cut,
    truncated: entry.truncated,
    detail: context.expanded.has(entry.id) ? detail_of(entry, context) : null,
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
export function render_row(entry: Entry, context: RenderContext): LineRow | GapRow | MarkerRow {
  if (entry.kind === 'record') return line_row(entry, context)
  if (entry.kind === 'gap') return gap_row(entry)
  const { id, ms, ns, container, action, detail } = entry
  return { kind: 'marker', id, ms, ns, container, action, detail }
}
