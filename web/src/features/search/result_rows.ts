import { cursor_of, record_entry, type RecordEntry } from '@/features/logs/engine/entry'
import type { ApiRecord } from '@/lib/api/types'
import { format_day, iso_day, type Zone } from '@/lib/format/time'

export type ResultRow =
  | { kind: 'hit'; key: string; entry: RecordEntry; cursor: string; /** The day that begins here, in the order shown. */ day: string | null }
  | { kind: 'group'; key: string; container: string; count: number; open: boolean }

const hit = (record: ApiRecord): ResultRow & { kind: 'hit' } => {
  const entry = record_entry(record)
  const cursor = cursor_of(entry, false)
  return { kind: 'hit', key: `${record.container} ${cursor}`, entry, cursor, day: null }
}

/** Makes rows of what is found, and what is new of it only: ten thousand are parsed once. */
export class ResultRows {
  private of: readonly ApiRecord[] = []
  private hits: (ResultRow & { kind: 'hit' })[] = []

  /** In order of time as they come, with a heading for each day; or gathered by container, the one with most first. `closed`: containers whose group is folded. */
  rows(found: readonly ApiRecord[], zone: Zone, grouped: boolean, closed: ReadonlySet<string>): ResultRow[] {
    if (found[0] !== this.of[0] || found.length < this.of.length) this.hits = []
    for (let i = this.hits.length; i < found.length; i += 1) this.hits.push(hit(found[i]!))
    this.of = found
    if (!grouped) return with_days(this.hits, zone)
    const groups = new Map<string, (ResultRow & { kind: 'hit' })[]>()
    for (const each of this.hits) {
      const group = groups.get(each.entry.container)
      if (group) group.push(each)
      else groups.set(each.entry.container, [each])
    }
    return [...groups]
      .sort(([, a], [, b]) => b.length - a.length)
      .flatMap(([container, hits]): ResultRow[] => {
        const open = !closed.has(container)
        return [{ kind: 'group', key: `g:${container}`, container, count: hits.length, open }, ...(open ? with_days(hits, zone) : [])]
      })
  }
}

function with_days(hits: readonly (ResultRow & { kind: 'hit' })[], zone: Zone): ResultRow[] {
  let last = ''
  return hits.map((each) => {
    const iso = iso_day(each.entry.ms, zone)
    const day = iso === last ? null : format_day(each.entry.ms, zone)
    last = iso
    return each.day === day ? each : { ...each, day }
  })
}
