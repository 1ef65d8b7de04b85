import type { ApiGap, ApiRecord, ContainerEvent, Level, Problem } from '@/lib/api/types'
import { parse_time, to_rfc3339, type Moment } from '@/lib/format/time'
import { strip_ansi } from './ansi'

export const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unknown']
export const UNKNOWN_LEVEL = LEVELS.indexOf('unknown')
export const WORST_LEVELS = (1 << LEVELS.indexOf('error')) | (1 << LEVELS.indexOf('fatal'))
export const ALL_LEVELS = (1 << LEVELS.length) - 1
export const STDOUT = 1
export const STDERR = 2
export const BOTH_STREAMS = STDOUT | STDERR
export const STREAMS = [
  [STDOUT, 'stdout'],
  [STDERR, 'stderr'],
] as const

/** One line. `level` is an index into LEVELS; `head` is the line that a continuation belongs to, if that is held too. */
export interface RecordEntry extends Moment {
  kind: 'record'
  id: number
  container: string
  seq: number
  /** Where it stands in the order of the log, when that is not its own time: its clock had gone back. */
  place: Moment | null
  level: number
  stream: number
  format: ApiRecord['kind']
  continues: boolean
  truncated: boolean
  text: string
  head: RecordEntry | null
  /** Of a head: how many continuations are held, and whether the reader unfolded them. */
  folded: number
  open: boolean
}

/** Lines that were not delivered; stands where they belong. */
export interface GapEntry extends Moment {
  kind: 'gap'
  id: number
  container: string
  seq: number
  gap: ApiGap
  loading: boolean
  problem: Problem | null
}

/** Something that happened to a container. */
export interface MarkerEntry extends Moment {
  kind: 'marker'
  id: number
  container: string
  seq: number
  action: string
  detail: string
}

export type Entry = RecordEntry | GapEntry | MarkerEntry

let last_id = 0
const EPOCH: Moment = { ms: 0, ns: 0 }

export function record_entry(record: ApiRecord): RecordEntry {
  const at = parse_time(record.time) ?? EPOCH
  const level = LEVELS.indexOf(record.level)
  return {
    kind: 'record',
    id: ++last_id,
    ms: at.ms,
    ns: at.ns,
    container: record.container,
    seq: record.seq,
    place: record.place ? (parse_time(record.place) ?? null) : null,
    level: level < 0 ? UNKNOWN_LEVEL : level,
    stream: record.stream === 'stderr' ? STDERR : STDOUT,
    format: record.kind,
    continues: record.continues,
    truncated: record.truncated === true,
    text: record.text,
    head: null,
    folded: 0,
    open: false,
  }
}

/** A gap stands right after the last line before it, or right before the first line after it. */
export function gap_entry(gap: ApiGap): GapEntry {
  const after = gap.after_cursor ? parse_cursor(gap.after_cursor) : undefined
  const before = gap.before_cursor ? parse_cursor(gap.before_cursor) : undefined
  const at = after ?? before ?? { ...EPOCH, seq: 0 }
  return {
    kind: 'gap',
    id: ++last_id,
    ms: at.ms,
    ns: at.ns,
    container: gap.container,
    seq: after ? after.seq + 0.5 : at.seq - 0.5,
    gap,
    loading: false,
    problem: null,
  }
}

export function marker_entry(container: string, time: string, action: string, detail: string): MarkerEntry {
  const at = parse_time(time) ?? { ms: Date.now(), ns: 0 }
  return { kind: 'marker', id: ++last_id, ms: at.ms, ns: at.ns, container, seq: Infinity, action, detail }
}

/** What happened to a container, as a line between the lines; null where a reader of the log need not see it. */
export function marker_of(event: ContainerEvent): MarkerEntry | null {
  const detail = marker_detail(event)
  return detail === null ? null : marker_entry(event.container, event.time, event.action.split(':')[0]!, detail)
}

/** What a marker says besides its action; null for events that a reader of the log need not see. */
function marker_detail(event: ContainerEvent): string | null {
  const { action, attributes } = event
  if (action === 'die') return attributes.exitCode ?? attributes.exit_code ?? ''
  if (action === 'rename') return attributes.name ?? ''
  if (action === 'create') return attributes.image ?? ''
  if (action.startsWith('health_status')) return attributes.health ?? action.split(':')[1]?.trim() ?? ''
  return ['start', 'oom', 'pause', 'unpause', 'destroy', 'restart', 'kill'].includes(action) ? (attributes.signal ?? '') : null
}

export function place_of(entry: Entry): Moment {
  return (entry.kind === 'record' && entry.place) || entry
}

/** `(place, seq)`: the order of the merged log. */
export function compare_entries(a: Entry, b: Entry): number {
  const one = place_of(a)
  const other = place_of(b)
  return one.ms - other.ms || one.ns - other.ns || (a.seq === b.seq ? 0 : a.seq - b.seq)
}

export interface Cursor extends Moment {
  seq: number
  container: string | null
}

/** `SEQ@TIME` or `SEQ@TIME~CONTAINER`, as docs/live-protocol.md defines it. */
export function parse_cursor(text: string): Cursor | undefined {
  const m = /^(\d+)@([^~]+)(?:~(.+))?$/.exec(text)
  const at = m && parse_time(m[2]!)
  return m && at ? { ...at, seq: +m[1]!, container: m[3] ?? null } : undefined
}

/** The cursor of a line; `merged` when several containers are read together. */
export function cursor_of(entry: RecordEntry, merged: boolean): string {
  const own = `${entry.seq}@${to_rfc3339(place_of(entry))}`
  return merged ? `${own}~${entry.container}` : own
}

/** The level by which a line is filtered and counted: a continuation has that of its head. */
export function level_of(entry: RecordEntry): number {
  return entry.head ? entry.head.level : entry.level
}

export function plain_text(entry: RecordEntry): string {
  return strip_ansi(entry.text)
}
