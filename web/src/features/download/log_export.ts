// The lines of a log read on their way into a file: a chain of streams, so that no more is held than is on its way.
import { cut_off } from '@/features/logs/engine/http_pages'
import type { ApiGap, ApiRecord, Level, PageLine } from '@/lib/api/types'
import { parse_time } from '@/lib/format/time'
import { fields_of } from '@/features/logs/engine/fields'
import { strip_ansi } from '@/features/logs/engine/ansi'

export type ExportFormat = 'text' | 'ndjson' | 'csv'

/** How lines are written. `names` of the containers by id, where there are several; `columns`: fields that a table has beside the line. */
export interface ExportOptions {
  format: ExportFormat
  names: Record<string, string> | null
  columns: string[]
}

/** What has gone through so far. `at`: the time of the last line, in ms since 1970. */
export interface ExportCounts {
  lines: number
  /** Places where lines are missing, and containers that could not be read. */
  gaps: number
  unreadable: number
  at: number | null
}

/** Bytes of NDJSON, cut anywhere, as its lines; the last one need not end. */
export function split_lines(): TransformStream<Uint8Array, string> {
  const decoder = new TextDecoder()
  let rest = ''
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines) if (line) controller.enqueue(line)
    },
    flush(controller) {
      rest += decoder.decode()
      if (rest) controller.enqueue(rest)
    },
  })
}

/** A value between commas (RFC 4180). What a table program would take for a formula begins with an apostrophe: lines come from anywhere. */
export function csv_value(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const missing = ({ lines, reason }: ApiGap) => `${lines === null ? 'lines' : `${lines} ${lines === 1 ? 'line' : 'lines'}`} not received (${reason})`

class Writer {
  constructor(private readonly options: ExportOptions) {}

  head(): string {
    const { format, names, columns } = this.options
    return format === 'csv' ? `${['time', ...(names ? ['container'] : []), 'level', 'stream', ...columns, 'text'].map(csv_value).join(',')}\r\n` : ''
  }

  /** `came`: the line of the read that the record or gap was. */
  record(record: ApiRecord, came: string): string {
    if (this.options.format === 'ndjson') return `${came}\n`
    const text = strip_ansi(record.text)
    if (this.options.format === 'text') return `${[record.time, ...this.name(record.container), text].join(' ')}\n`
    return this.row(record.time, record.container, record.level, record.stream, this.cells(record, text), text)
  }

  gap(gap: ApiGap, came: string): string {
    if (this.options.format === 'ndjson') return `${came}\n`
    if (this.options.format === 'text') return `${['----', ...this.name(gap.container), missing(gap)].join(' ')}\n`
    return this.row('', gap.container, '', '', this.options.columns.map(() => ''), missing(gap))
  }

  private row(time: string, container: string, level: Level | '', stream: string, cells: string[], text: string): string {
    return `${[time, ...this.name(container), level, stream, ...cells, text].map(csv_value).join(',')}\r\n`
  }

  private cells({ kind }: ApiRecord, text: string): string[] {
    const { columns } = this.options
    const fields = columns.length && kind !== 'text' ? fields_of(text, kind) : null
    return columns.map((name) => fields?.find((field) => field.name === name)?.value ?? '')
  }

  private name(container: string): string[] {
    const { names } = this.options
    return names ? [names[container] ?? container.slice(0, 12)] : []
  }
}

// Texts are handed on in parts of about this many characters: one by one they would cost more than they are.
const PART = 64 * 1024

/** Lines of a log read as the text of a file; `counts` is kept up to date. Errors where the read was cut off: a file must not look whole then. */
export function write_lines(options: ExportOptions, counts: ExportCounts): TransformStream<string, string> {
  const writer = new Writer(options)
  let part = writer.head()
  let ended = false
  return new TransformStream({
    transform(came, controller) {
      const line = JSON.parse(came) as PageLine
      if ('end' in line) ended = true
      else if ('gap' in line) {
        counts.gaps += 1
        part += writer.gap(line.gap, came)
      } else if ('unreadable' in line) counts.unreadable += 1
      else {
        counts.lines += 1
        counts.at = parse_time(line.time)?.ms ?? counts.at
        part += writer.record(line, came)
      }
      if (part.length < PART) return
      controller.enqueue(part)
      part = ''
    },
    flush(controller) {
      if (!ended) throw cut_off()
      if (part) controller.enqueue(part)
    },
  })
}

const SUFFIX = { text: '.log', ndjson: '.ndjson', csv: '.csv' }

/** A name that every system takes for a file. */
export function file_name(title: string, now: Date, format: ExportFormat, gzip: boolean): string {
  const safe = title.replace(/[^\p{L}\p{N}._-]+/gu, '_').replace(/^[._]+|[._]+$/g, '').slice(0, 80) || 'log'
  return `${safe}-${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z${SUFFIX[format]}${gzip ? '.gz' : ''}`
}
