import { plain_text, type Entry, type RecordEntry } from './entry'
import { fields_of, type FieldType } from './fields'
import type { LogWindow } from './log_window'

/** How often a value is there. */
export interface ValueCount {
  value: string
  type: FieldType
  count: number
}

/** One field of the lines that are loaded and shown. `lines` have it; `more`: there are values beyond those that were kept apart. */
export interface FieldCount {
  name: string
  path: string[]
  types: FieldType[]
  lines: number
  values: ValueCount[]
  distinct: number
  more: boolean
}

/** `lines` were looked at, of which `structured` have fields; `more`: there are fields beyond those that were kept apart. */
export interface FieldCounts {
  lines: number
  structured: number
  fields: FieldCount[]
  more: boolean
}

// What is kept apart: about 10 MB where every line says something else.
const MOST_FIELDS = 300
const MOST_VALUES = 400
const LONGEST_VALUE = 120
// Lines between two looks at the clock.
const AT_A_TIME = 64
// What the page is told of each.
const TOP_VALUES = 10
// Lines come in meanwhile: this long the worker counts at a time, and this long it does something else.
const TURN_MS = 8
const PAUSE_MS = 12
// A list that changes faster cannot be read.
const AGAIN_MS = 2000

interface Tally {
  path: string[]
  types: Set<FieldType>
  lines: number
  /** By type and value. */
  values: Map<string, ValueCount>
  more: boolean
}

interface Ports {
  now(): number
  after(ms: number, action: () => void): () => void
}

/**
 * Counts the fields of all lines that a window holds and shows, a few at a time. Lines that come at the end are added; when others come or
 * go, everything is counted anew, and the old figures stand until then.
 */
export class FieldCounter {
  private timer: (() => void) | null = null
  private tallies = new Map<string, Tally>()
  private lines = 0
  private structured = 0
  private more = false
  /** What is counted, of which revision of the window, and how far it is. */
  private entries: Entry[] = []
  private revision = -1
  private seen = 0

  constructor(
    private readonly ports: Ports,
    private readonly window: LogWindow,
    private readonly tell: (counts: FieldCounts) => void,
  ) {}

  start(): void {
    this.stop()
    this.revision = -1
    this.begin()
  }

  stop(): void {
    this.timer?.()
    this.timer = null
    this.entries = []
    this.tallies.clear()
  }

  /** Takes what there is now: only what is new, where the rest is as it was. */
  private begin(): void {
    const { entries, revision } = this.window
    const before = this.entries
    const grown = revision === this.revision && before.length > 0 && entries[0] === before[0] && entries[before.length - 1] === before[before.length - 1]
    if (!grown) {
      this.tallies = new Map()
      this.lines = this.structured = this.seen = 0
      this.more = false
    }
    this.entries = entries.slice()
    this.revision = revision
    this.turn()
  }

  private turn(): void {
    const until = this.ports.now() + TURN_MS
    const { entries } = this
    do
      for (const end = Math.min(entries.length, this.seen + AT_A_TIME); this.seen < end; this.seen += 1) {
        const entry = entries[this.seen]!
        if (entry.kind === 'record' && this.window.matches_filter(entry)) this.add(entry)
      }
    while (this.seen < entries.length && this.ports.now() < until)
    const done = this.seen >= entries.length
    if (done) this.tell(this.counts())
    this.timer = this.ports.after(done ? AGAIN_MS : PAUSE_MS, () => (done ? this.begin() : this.turn()))
  }

  private add(entry: RecordEntry): void {
    this.lines += 1
    const fields = entry.format === 'text' ? null : fields_of(plain_text(entry), entry.format)
    if (!fields) return
    this.structured += 1
    const had = new Set<string>()
    for (const { name, path, value, type } of fields) {
      if (path.length === 0) continue
      let tally = this.tallies.get(name)
      if (!tally) {
        if (this.tallies.size >= MOST_FIELDS) {
          this.more = true
          continue
        }
        this.tallies.set(name, (tally = { path, types: new Set(), lines: 0, values: new Map(), more: false }))
      }
      tally.types.add(type)
      // A key may be there twice.
      if (!had.has(name)) tally.lines += 1
      had.add(name)
      const kept = value.length <= LONGEST_VALUE
      const known = kept ? tally.values.get(type + value) : undefined
      if (known) known.count += 1
      else if (kept && tally.values.size < MOST_VALUES) tally.values.set(type + value, { value, type, count: 1 })
      else tally.more = true
    }
  }

  private counts(): FieldCounts {
    const fields = [...this.tallies].map(([name, { path, types, lines, values, more }]) => ({
      name,
      path,
      types: [...types],
      lines,
      values: [...values.values()].sort((a, b) => b.count - a.count).slice(0, TOP_VALUES),
      distinct: values.size,
      more,
    }))
    return { lines: this.lines, structured: this.structured, fields: fields.sort((a, b) => b.lines - a.lines || (a.name < b.name ? -1 : 1)), more: this.more }
  }
}
