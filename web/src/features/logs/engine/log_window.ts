import { compare_moments, type Moment } from '@/lib/format/time'
import {
  ALL_LEVELS,
  BOTH_STREAMS,
  compare_entries,
  LEVELS,
  level_of,
  type Entry,
  type GapEntry,
  type RecordEntry,
} from './entry'
import type { ViewPlace } from './view_messages'

// How far back a late line may be put in its place without looking at the whole window: merged hosts differ by seconds, not minutes.
const LATE_REACH = 5000
// While a filter hides lines, hidden ones are evicted first, this many looked at in one step.
const EVICT_STEP = 8192

/**
 * The part of a log that a view holds: entries in `(time, seq)` order without repetition, at most `capacity` of them, and the rows that
 * are left of them by level, stream and folding.
 *
 *   entries:  [ sparse … | dense ……………………………………… ]      rows: the entries that pass, in the same order
 *               only lines     every line
 *               that passed
 *
 * The sparse part is what was loaded (or kept) under the filter of now; it is thrown away when the filter changes. Rows have absolute
 * numbers: `row_base` is that of `rows[0]`, grows as rows leave at the start, falls as older ones come before them, and keeps its meaning
 * until `epoch` changes.
 */
export class LogWindow {
  entries: Entry[] = []
  rows: Entry[] = []
  row_base = 0
  epoch = 0
  /** Changes with all that is more than new lines at the end and old ones that leave at the start. */
  revision = 0
  /** All lines held. */
  records = 0
  /** Of the dense part, in which every line is held: heads (not continuations) by level, and lines. */
  readonly counts: number[] = LEVELS.map(() => 0)
  whole = 0
  levels = ALL_LEVELS
  streams = BOTH_STREAMS
  fold = true
  private sparse = 0
  private readonly heads = new Map<string, RecordEntry>()

  constructor(public capacity: number) {}

  get first(): RecordEntry | undefined {
    return this.entries.find((entry) => entry.kind === 'record')
  }

  get last(): RecordEntry | undefined {
    for (let i = this.entries.length - 1; i >= 0; i -= 1) {
      const entry = this.entries[i]!
      if (entry.kind === 'record') return entry
    }
    return undefined
  }

  /** From when on every line is held; null when none is. */
  get whole_since(): Moment | null {
    for (let i = this.sparse; i < this.entries.length; i += 1) {
      const entry = this.entries[i]!
      if (entry.kind === 'record') return { ms: entry.ms, ns: entry.ns }
    }
    return null
  }

  get filtered(): boolean {
    return this.levels !== ALL_LEVELS || this.streams !== BOTH_STREAMS
  }

  clear(): void {
    this.entries = []
    this.rows = []
    this.row_base = 0
    this.epoch += 1
    this.revision += 1
    this.counts.fill(0)
    this.records = this.whole = 0
    this.sparse = 0
    this.heads.clear()
  }

  /** The numbers of the lines held, by `line_key`. */
  ids(): Map<string, number> {
    return new Map(this.entries.flatMap((entry) => (entry.kind === 'record' ? [[line_key(entry), entry.id] as const] : [])))
  }

  /** The lines that are folded under a head. */
  continuations(head: RecordEntry): RecordEntry[] {
    const found: RecordEntry[] = []
    for (let i = this.entries.indexOf(head) + 1; i > 0 && i < this.entries.length && found.length < head.folded; i += 1) {
      const entry = this.entries[i]!
      if (entry.kind === 'record' && entry.head === head) found.push(entry)
    }
    return found
  }

  /** Adds new entries at the end, each in its place when it is late. Returns how many rows were added. */
  append(added: Entry[]): number {
    const before = this.rows.length
    let late = false
    for (const entry of added) {
      const last = this.entries[this.entries.length - 1]
      if (!last || compare_entries(last, entry) <= 0) this.entries.push(entry)
      else {
        const at = this.place_of(entry)
        this.entries.splice(at, 0, entry)
        if (at < this.sparse) this.sparse += 1
        late = true
      }
      if (!late) this.count(entry, 1, true)
      if (!late) this.link(entry)
      if (!late && this.passes(entry)) this.rows.push(entry)
    }
    if (late) this.rebuild()
    return this.rows.length - before
  }

  /** Puts a page of older entries, in order, before the others. `sparse`: it holds only lines that pass the filter of now. */
  prepend(page: Entry[], sparse: boolean): void {
    this.entries = page.concat(this.entries)
    if (sparse) this.sparse += page.length
    const end = this.row_base + this.rows.length
    this.relink()
    this.row_base = end - this.rows.length
  }

  /** Puts the lines of a gap in its place; `rest` is the gap that remains after them. Lines held already are not put in twice. */
  fill(gap: GapEntry, lines: RecordEntry[], rest: GapEntry | null): void {
    const at = this.entries.indexOf(gap)
    if (at < 0) return
    const held = new Set<number>()
    for (const entry of this.entries) if (entry.kind === 'record' && entry.container === gap.container) held.add(entry.seq)
    const fresh: Entry[] = lines.filter((line) => !held.has(line.seq))
    if (rest) fresh.push(rest)
    const dense = this.entries[this.sparse === at ? at + 1 : this.sparse]
    this.entries.splice(at, 1)
    this.entries = merge(this.entries, fresh)
    if (this.sparse > 0) this.sparse = dense ? this.entries.indexOf(dense) : this.entries.length
    this.rebuild()
  }

  /** Removes what is too much at the start. Returns whether lines that pass were dropped. */
  trim_start(): boolean {
    let excess = this.entries.length - this.capacity
    if (excess <= 0) return false
    if (this.filtered) excess -= this.evict_hidden(excess)
    if (excess <= 0) return false
    for (let i = 0; i < excess; i += 1) this.forget(this.entries[i]!, i >= this.sparse)
    const gone = new Set(this.entries.splice(0, excess))
    this.sparse = Math.max(0, this.sparse - excess)
    let dropped = 0
    while (dropped < this.rows.length && gone.has(this.rows[dropped]!)) dropped += 1
    this.rows.splice(0, dropped)
    this.row_base += dropped
    return dropped > 0
  }

  /** Removes what is too much at the end. Returns whether anything was. */
  trim_end(): boolean {
    const excess = this.entries.length - this.capacity
    if (excess <= 0) return false
    this.entries.splice(this.capacity, excess)
    this.sparse = Math.min(this.sparse, this.entries.length)
    this.relink()
    return true
  }

  /** Shows other levels or streams. Returns whether older lines may now be missing at the start (they are to be loaded again). */
  show(levels: number, streams: number): boolean {
    if (levels === this.levels && streams === this.streams) return false
    this.levels = levels
    this.streams = streams
    const dropped = this.sparse > 0
    this.entries.splice(0, this.sparse)
    this.sparse = 0
    this.rebuild()
    return dropped
  }

  set_fold(fold: boolean): void {
    this.fold = fold
    for (const entry of this.entries) if (entry.kind === 'record') entry.open = false
    this.rebuild()
  }

  toggle(head: RecordEntry): void {
    head.open = !head.open
    this.rebuild()
  }

  /** The row number of an entry, or of the next one shown after it. */
  row_of(entry: Entry): number {
    let low = 0
    let high = this.rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare_entries(this.rows[middle]!, entry) < 0) low = middle + 1
      else high = middle
    }
    // Entries of several containers may share (time, seq): look for the very one among its equals.
    for (let i = low; i < this.rows.length && compare_entries(this.rows[i]!, entry) === 0; i += 1)
      if (this.rows[i] === entry) return this.row_base + i
    return this.row_base + low
  }

  /** The entry of a place: the very line where it is held, else the first one at or after the time, else the last. */
  entry_at(place: ViewPlace): Entry | undefined {
    const exact = this.entries.find(
      (entry) => entry.kind === 'record' && entry.seq === place.seq && (!place.container || entry.container.startsWith(place.container)),
    )
    return exact ?? this.entries.find((entry) => compare_moments(entry, place) >= 0) ?? this.entries[this.entries.length - 1]
  }

  row(number: number): Entry | undefined {
    return this.rows[number - this.row_base]
  }

  /** Whether an entry is shown as a row of its own. */
  passes(entry: Entry): boolean {
    if (entry.kind === 'record' && entry.head && this.fold && !entry.head.open) return false
    return this.matches_filter(entry)
  }

  /** Whether the lines under a head are rows of their own. */
  passes_folded(head: RecordEntry): boolean {
    return !this.fold || head.open
  }

  /** Whether level and stream let an entry through, folded or not. */
  matches_filter(entry: Entry): boolean {
    if (entry.kind !== 'record') return true
    const stream = entry.head ? entry.head.stream : entry.stream
    return (this.levels & (1 << level_of(entry))) !== 0 && (this.streams & stream) !== 0
  }

  /** The newest number held of each container. */
  last_seqs(): Map<string, number> {
    const seqs = new Map<string, number>()
    for (const entry of this.entries)
      if (entry.kind === 'record') seqs.set(entry.container, Math.max(entry.seq, seqs.get(entry.container) ?? 0))
    return seqs
  }

  private place_of(entry: Entry): number {
    let low = Math.max(0, this.entries.length - LATE_REACH)
    if (low > 0 && compare_entries(this.entries[low]!, entry) > 0) low = 0
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare_entries(this.entries[middle]!, entry) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }

  private count(entry: Entry, by: number, whole: boolean): void {
    if (entry.kind !== 'record') return
    this.records += by
    if (whole) this.count_whole(entry, by)
  }

  private count_whole(entry: Entry, by: number): void {
    if (entry.kind !== 'record') return
    this.whole += by
    if (!entry.continues) this.counts[entry.level]! += by
  }

  /** Ties a continuation to the last head of its container and stream. */
  private link(entry: Entry): void {
    if (entry.kind !== 'record') return
    const key = `${entry.stream}${entry.container}`
    if (!entry.continues) {
      this.heads.set(key, entry)
      return
    }
    const head = this.heads.get(key)
    if (!head) return
    entry.head = head
    head.folded += 1
  }

  private forget(entry: Entry, whole: boolean): void {
    this.count(entry, -1, whole)
    if (entry.kind !== 'record') return
    const key = `${entry.stream}${entry.container}`
    if (this.heads.get(key) === entry) this.heads.delete(key)
    if (entry.head) entry.head.folded -= 1
  }

  /** Walks on from the sparse part and keeps only what passes, until `wanted` entries are gone or the end is near. */
  private evict_hidden(wanted: number): number {
    const from = this.sparse
    const to = Math.min(this.entries.length, from + Math.max(EVICT_STEP, wanted))
    const kept: Entry[] = []
    for (let i = from; i < to; i += 1) {
      const entry = this.entries[i]!
      // A folded continuation stays with its head: it is shown again when that is opened.
      if (!this.matches_filter(entry)) this.forget(entry, true)
      else {
        kept.push(entry)
        this.count_whole(entry, -1)
      }
    }
    this.entries.splice(from, to - from, ...kept)
    this.sparse = from + kept.length
    return to - from - kept.length
  }

  private rebuild(): void {
    this.relink()
    this.row_base = 0
    this.epoch += 1
  }

  /** Finds heads, counts and rows anew. The caller says which numbers the rows have. */
  private relink(): void {
    this.heads.clear()
    for (const entry of this.entries)
      if (entry.kind === 'record') {
        entry.head = null
        entry.folded = 0
      }
    this.rows = []
    this.records = this.whole = 0
    this.counts.fill(0)
    this.entries.forEach((entry, i) => {
      this.count(entry, 1, i >= this.sparse)
      this.link(entry)
      if (this.passes(entry)) this.rows.push(entry)
    })
    this.revision += 1
  }
}

/** What a line is known by, however it was reached. */
export const line_key = ({ seq, container }: RecordEntry): string => `${seq}/${container}`

/** Two ordered lists as one; equals of `a` come first. */
function merge(a: Entry[], b: Entry[]): Entry[] {
  const merged: Entry[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length)
    merged.push(compare_entries(a[i]!, b[j]!) <= 0 ? a[i++]! : b[j++]!)
  while (i < a.length) merged.push(a[i++]!)
  while (j < b.length) merged.push(b[j++]!)
  return merged
}
