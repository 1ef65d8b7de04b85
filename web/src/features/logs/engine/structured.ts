import type { Moment } from '@/lib/format/time'
import { parse_time } from '@/lib/format/time'
import { LEVELS, plain_text, UNKNOWN_LEVEL, type RecordEntry } from './entry'
import { fields_of, type Field } from './fields'
import { sentence_of } from './sentence'
import type { Presentation } from './view_messages'

/** A JSON or logfmt line as it is read: which field is the message, and which only repeat what stands beside the line anyway. */
export interface Structured {
  fields: Field[]
  /** The number of the field that says in words what happened; -1: none does. */
  message: number
  repeats: ReadonlySet<number>
}

const MESSAGES = ['message', 'msg', '@message', '@m', 'MESSAGE', 'Message', 'short_message', 'body', 'body.stringValue', '@mt', 'event', 'error', 'err']
const TIMES = /^(time|timestamp|ts|t|datetime|date|timeunixnano|realtimetimestamp|eventtime|asctime|t\$date)$/
const LEVEL_KEYS = /^(level|lvl|severity|loglevel|levelname|severitytext|severitynumber|errorseverity|priority)$/
const CONTAINERS = /^(container|containername|containerid)$/
const STACKS = /^(stack|stacktrace|exception|traceback|backtrace)$/
const plain_key = (name: string) => name.toLowerCase().replace(/[._@-]/g, '')

/** Whether a field holds where in the program something happened. */
export const is_stack = ({ path, value }: Field): boolean => value.includes('\n') && STACKS.test(plain_key(path.at(-1) ?? ''))

// A clock that is further away from the line's time is worth being seen.
const SAME_TIME_MS = 1000
const WRITTEN = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d+))?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/

/** Milliseconds since 1970, of what a line states as its time; NaN when it is none. A number counts by its size: s, ms, µs or ns. */
function stated_ms(value: string): number {
  if (/^\d{9,}(\.\d+)?([eE]\+?\d+)?$|^\d\.\d+[eE]\+?\d+$/.test(value)) {
    const number = Number(value)
    return number < 1e11 ? number * 1000 : number < 1e14 ? number : number < 1e17 ? number / 1000 : number / 1e6
  }
  const m = WRITTEN.exec(value)
  if (!m) return NaN
  const zone = m[4] === undefined || m[4] === 'UTC' ? 'Z' : m[4].length === 5 ? `${m[4].slice(0, 3)}:${m[4].slice(3)}` : m[4]
  return parse_time(`${m[1]}T${m[2]}${m[3] ? `.${m[3]}` : ''}${zone}`)?.ms ?? NaN
}

const repeats_time = (value: string, at: Moment) => Math.abs(stated_ms(value) - at.ms) <= SAME_TIME_MS

const WORDS: Record<string, string> = { tra: 'trace', trc: 'trace', ver: 'trace', deb: 'debug', dbg: 'debug', inf: 'info', war: 'warn', wrn: 'warn', err: 'error', ero: 'error', fat: 'fatal', cri: 'fatal', pan: 'fatal', eme: 'fatal' }
/** The server has found the level in such a field; numbers are spelt in many ways, and it knows which. */
const repeats_level = ({ value, type }: Field, level: number) =>
  level !== UNKNOWN_LEVEL && (type === 'number' || /^\d+$/.test(value) || (WORDS[value.slice(0, 3).toLowerCase()] ?? '') === LEVELS[level] || value.toLowerCase() === LEVELS[level]![0])

function repeats(field: Field, entry: RecordEntry, name: string): boolean {
  const { path, value, type } = field
  if (path.length === 0) return repeats_time(value, entry)
  const key = plain_key(field.name)
  if (TIMES.test(key)) return (type === 'text' || type === 'number') && (repeats_time(value, entry) || (entry.place !== null && repeats_time(value, entry.place)))
  if (LEVEL_KEYS.test(key)) return repeats_level(field, entry.level)
  return CONTAINERS.test(key) && value !== '' && (value === name || (value.length >= 12 && (entry.container.startsWith(value) || value.startsWith(entry.container))))
}

/** Reads a line; null when it is not structured. `name`: what its container is called. */
export function read_structured(entry: RecordEntry, name: string): Structured | null {
  if (entry.format === 'text') return null
  const fields = fields_of(plain_text(entry), entry.format)
  if (!fields) return null
  let message = -1
  for (let i = 0; i < MESSAGES.length && message < 0; i += 1) message = fields.findIndex((field) => field.name === MESSAGES[i] && field.type === 'text' && field.value !== '')
  const repeated = new Set<number>()
  fields.forEach((field, i) => {
    if (i !== message && repeats(field, entry, name)) repeated.add(i)
  })
  return { fields, message, repeats: repeated }
}

// Of several screens of rows: a line is read once while it is about.
const KEPT = 2048

/** How the lines of a view are read: each once, as long as it is about. */
export class StructuredReader {
  private readonly kept = new Map<number, Structured | null>()
  private names: Readonly<Record<string, string>> = {}

  /** The containers' names. */
  name(names: Readonly<Record<string, string>>): void {
    this.names = names
    this.kept.clear()
  }

  /** What is shown of a line beside its columns; null where that is the line itself. Reads it anew: for lines that are not about. */
  said(entry: RecordEntry, { structured, columns }: Presentation): string | null {
    const read = structured ? read_structured(entry, this.names[entry.container] ?? '') : null
    return read && sentence_of(read, columns, Infinity).spans.text.join('')
  }

  read(entry: RecordEntry): Structured | null {
    if (entry.format === 'text') return null
    const known = this.kept.get(entry.id)
    if (known !== undefined) return known
    const read = read_structured(entry, this.names[entry.container] ?? '')
    if (this.kept.size >= KEPT) for (const id of [...this.kept.keys()].slice(0, KEPT / 2)) this.kept.delete(id)
    this.kept.set(entry.id, read)
    return read
  }
}
