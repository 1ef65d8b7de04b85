import type { Volume } from '@/features/range/histogram'
import type { Moment } from '@/lib/format/time'
import type { ViewState } from './engine/view_messages'

/** Lines by level (an index into LEVELS) since a time; `loaded`: only of what the page holds. */
export interface LevelCounts {
  counts: readonly number[]
  lines: number
  since: Moment | null
  loaded: boolean
  /** There are at least so many. */
  partial: boolean
}

/** What the server counted; where it does not count (history is off), the part of the log of which every line is held. */
export function level_counts(volume: Volume | null, state: ViewState | null): LevelCounts {
  if (volume) return { counts: volume.total, lines: volume.lines, since: { ms: volume.since, ns: 0 }, loaded: false, partial: volume.partial }
  return { counts: state?.counts ?? [], lines: state?.whole.lines ?? 0, since: state?.whole.since ?? null, loaded: true, partial: false }
}
