import { compare_moments } from '@/lib/format/time'
import type { LogEntry } from '@/lib/live/messages'
import { gap_entry, record_entry, type Entry, type RecordEntry } from './entry'
import type { LogWindow } from './log_window'

// Several containers are merged by time: what a slower one still had to deliver when the connection broke lies within this.
const RESUME_OVERLAP_MS = 2000

/** How far the lines of a live subscription have come, so that a new one goes on there and none is shown twice. */
export class LiveTail {
  private received: RecordEntry | null = null
  private last_seq = new Map<string, number>()

  reset(): void {
    this.received = null
    this.last_seq.clear()
  }

  /** Goes on after what a window holds. */
  follow(window: LogWindow): void {
    this.received = window.last ?? null
    this.last_seq = window.last_seqs()
  }

  /** The line after which a new subscription begins; of several containers one that lies a little back. */
  resume_point(window: LogWindow, merged: boolean): RecordEntry | null {
    const last = this.received
    if (!last || !merged) return last
    const { entries } = window
    let point = last
    for (let i = entries.length - 1; i >= 0; i -= 1) {
      const entry = entries[i]!
      if (entry.ms < last.ms - RESUME_OVERLAP_MS) break
      if (entry.kind === 'record') point = entry
    }
    return point
  }

  /** The new ones among what came. A resumed subscription may repeat lines; numbers only rise within a container. */
  take(raw: LogEntry[]): Entry[] {
    const fresh: Entry[] = []
    for (const item of raw) {
      if ('gap' in item) {
        fresh.push(gap_entry(item.gap))
        continue
      }
      if (item.seq <= (this.last_seq.get(item.container) ?? -1)) continue
      this.last_seq.set(item.container, item.seq)
      const entry = record_entry(item)
      if (!this.received || compare_moments(this.received, entry) <= 0) this.received = entry
      fresh.push(entry)
    }
    return fresh
  }
}
