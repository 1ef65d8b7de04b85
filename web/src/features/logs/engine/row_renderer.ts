import { mark_ranges, parse_ansi, show_bidi, strip_ansi, type Spans } from './ansi'
import { cursor_of, level_of, parse_cursor, plain_text, type Entry, type GapEntry, type RecordEntry } from './entry'
import { find_ranges } from './find'
import { pretty_json, pretty_logfmt } from './pretty'
import { sentence_of } from './sentence'
import { is_stack, type Structured } from './structured'
import type { DetailField, GapRow, LineDetail, LineRow, MarkerRow } from './view_messages'

// More of a line than this is shown only when the row is expanded: it bounds the layout work of a row that is on the screen.
const SHOWN = 2000
// And this much of it then: a line may be 256 KiB, and a DOM text of that size makes scrolling halt.
const SHOWN_EXPANDED = 64 * 1024
// A line as it came goes along with its sentence up to this length.
const RAW_BESIDE = 4 * 1024
// Of one value beside others.
const SHOWN_VALUE = 8 * 1024

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

function detail_fields({ fields, message, repeats }: Structured): DetailField[] {
  return fields.map((field, i) => ({
    ...field,
    value: strip_ansi(field.value.slice(0, SHOWN_VALUE)),
    is: i === message ? 'message' : repeats.has(i) ? 'repeats' : is_stack(field) ? 'stack' : null,
    cut: Math.max(0, field.value.length - SHOWN_VALUE),
  }))
}

/** A line with what is folded under it, laid out. */
export function detail_of(entry: RecordEntry, { merged, folded, read }: RenderContext): LineDetail {
  const structured = read(entry)
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
    fields: structured && detail_fields(structured),
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
  /** A line as its fields; null for one that is shown as it came. */
  read(entry: RecordEntry): Structured | null
  columns: readonly string[]
  /** Changes with the presentation. */
  look: number
}

type Laid = Pick<LineRow, 'spans' | 'marks' | 'cells' | 'raw' | 'cut'>

/** A line as its sentence; null where it has none, or where what is sought stands only in what the sentence leaves out. */
function laid_out(entry: RecordEntry, { find, read, columns }: RenderContext): Laid | null {
  const structured = read(entry)
  if (!structured) return null
  const { spans, marks, cells, cut } = sentence_of(structured, columns, SHOWN)
  const text = spans.text.join('')
  const hits = find_ranges(text, find)
  if (find && hits.length === 0 && find_ranges(plain_text(entry), find).length) return null
  const shown = show_bidi(hits.length ? mark_ranges(spans, hits) : spans)
  // What is shown of a sign that turns the order of text is longer than the sign: its line's marks would lie.
  return { spans: shown, marks: shown.text.join('').length === text.length ? marks : [], cells, raw: entry.text.length > RAW_BESIDE ? null : plain_text(entry), cut: cut ? Math.max(1, entry.text.length - text.length) : 0 }
}

function as_it_came(entry: RecordEntry, { find }: RenderContext): Laid {
  const cut = entry.text.length > SHOWN
  let spans = parse_ansi(cut ? entry.text.slice(0, SHOWN + 256) : entry.text)
  if (cut) spans = cut_spans(spans, SHOWN)
  if (find) spans = mark_ranges(spans, find_ranges(spans.text.join(''), find))
  return { spans: show_bidi(spans), marks: [], cells: null, raw: null, cut: cut ? entry.text.length - SHOWN : 0 }
}

function line_row(entry: RecordEntry, context: RenderContext): LineRow {
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
    ...(laid_out(entry, context) ?? as_it_came(entry, context)),
    look: context.look,
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
