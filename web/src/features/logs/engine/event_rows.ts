import type { ContainerEvent } from '@/lib/api/types'
import { compare_entries, marker_of, type Entry, type MarkerEntry } from './entry'

const key_of = ({ container, ms, ns, action }: MarkerEntry): string => `${container} ${ms}.${ns} ${action}`

export const is_held = (row: MarkerEntry, entries: readonly Entry[]): boolean => entries.some((entry) => entry.kind === 'marker' && key_of(entry) === key_of(row))

/** What happened to a view's containers, as rows that stand between the lines where it happened. */
export class EventRows {
  private all: MarkerEntry[] = []

  /** @param events in order of time */
  set(events: readonly ContainerEvent[]): void {
    this.all = events.flatMap((event) => marker_of(event) ?? [])
  }

  get any(): boolean {
    return this.all.length > 0
  }

  /** The rows behind `after` and before `before` (null: from the first, to the last one) that are not among `held`. */
  between(after: Entry | null, before: Entry | null, held: readonly Entry[] = []): MarkerEntry[] {
    const there = new Set(held.flatMap((entry) => (entry.kind === 'marker' ? key_of(entry) : [])))
    return this.all.filter((row) => (!after || compare_entries(after, row) < 0) && (!before || compare_entries(row, before) < 0) && !there.has(key_of(row))).map((row) => ({ ...row }))
  }

  /** A page with the rows that stand in it. */
  among(page: readonly Entry[], after: Entry | null, before: Entry | null): Entry[] {
    const rows = this.between(after, before, page)
    return rows.length ? [...page, ...rows].sort(compare_entries) : [...page]
  }
}
