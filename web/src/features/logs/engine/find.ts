import { plain_text, type Entry, type RecordEntry } from './entry'
import type { LogWindow } from './log_window'

/** Smart case: a query without capitals matches any case. */
export const folds_case = (query: string) => query === query.toLowerCase()

/** The ranges of `text` that match. */
export function find_ranges(text: string, query: string): [number, number][] {
  if (!query) return []
  // Lower case may change a text's length (İ); then offsets would lie, so such a text is compared as it is.
  const lower = folds_case(query) ? text.toLowerCase() : text
  const hay = lower.length === text.length ? lower : text
  const ranges: [number, number][] = []
  for (let at = hay.indexOf(query); at >= 0; at = hay.indexOf(query, at + query.length)) ranges.push([at, at + query.length])
  return ranges
}

/** `said`: what is shown of a line instead of itself, if it is. */
export function matches(entry: Entry, query: string, said: (entry: RecordEntry) => string | null): boolean {
  if (entry.kind !== 'record') return false
  const fold = (text: string) => (folds_case(query) ? text.toLowerCase() : text)
  const text = fold(plain_text(entry))
  if (text.includes(query)) return true
  // `status=503` stands in no JSON line, but in what is shown of one; only what has all its parts is worth being laid out.
  if (entry.format !== 'json' || !query.includes('=') || !query.split(/[.="\s]+/).every((part) => text.includes(part))) return false
  return fold(said(entry) ?? '').includes(query)
}

/** The search within a window: which lines match, folded ones included, and which match the reader stands on. */
export class Finder {
  query = ''
  current: Entry | null = null
  private found: Entry[] = []
  private revision = -1
  private seen = 0

  constructor(private readonly said: (entry: RecordEntry) => string | null) {}

  set(query: string): void {
    this.query = query
    this.current = null
    this.revision = -1
  }

  /** Lines are shown in another way: what is found may be something else. */
  recount(): void {
    this.revision = -1
  }

  /** Brings the matches up to date with the window. New lines at its end are looked at once; anything else starts over. */
  update(window: LogWindow): void {
    if (!this.query) {
      this.found = []
      return
    }
    const entries = window.entries
    if (this.revision !== window.revision) {
      this.found = []
      this.revision = window.revision
      this.seen = 0
    }
    // Ids rise with arrival, so those above the last one seen are new.
    let from = entries.length
    while (from > 0 && entries[from - 1]!.id > this.seen) from -= 1
    for (let i = from; i < entries.length; i += 1) {
      const entry = entries[i]!
      this.seen = Math.max(this.seen, entry.id)
      if (window.matches_filter(entry) && matches(entry, this.query, this.said)) this.found.push(entry)
    }
    const first = entries[0]
    if (first) {
      let gone = 0
      while (gone < this.found.length && this.found[gone]!.ms < first.ms) gone += 1
      if (gone) this.found.splice(0, gone)
    }
  }

  get total(): number {
    return this.found.length
  }

  /** The place of the current match, from 1; 0 when there is none. */
  get at(): number {
    return this.current ? this.found.indexOf(this.current) + 1 : 0
  }

  /** The match to begin with: the first from row `row` on; behind the last one, that is the nearest and not the log's first. */
  nearest(window: LogWindow, row: number): Entry | null {
    this.update(window)
    this.current = this.found.find((entry) => window.row_of(entry) >= row) ?? this.found.at(-1) ?? null
    return this.current
  }

  /** The next match in direction `by` from the current one, or from row `row`; tells when it went round the end. */
  step(window: LogWindow, by: 1 | -1, row: number): { entry: Entry; wrapped: boolean } | null {
    this.update(window)
    if (this.found.length === 0) return null
    let index = this.current ? this.found.indexOf(this.current) : -1
    if (index >= 0) index += by
    else {
      const after = this.found.findIndex((entry) => window.row_of(entry) >= row)
      index = after < 0 ? (by > 0 ? this.found.length : this.found.length - 1) : by > 0 ? after : after - 1
    }
    const wrapped = index < 0 || index >= this.found.length
    const entry = this.found[(index + this.found.length) % this.found.length]!
    this.current = entry
    return { entry, wrapped }
  }
}
