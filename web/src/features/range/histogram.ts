import { computed, watch, type ComputedRef } from 'vue'
import { use_resource } from '@/features/alerts/resource'
import { LEVELS } from '@/features/logs/engine/entry'
import { ask } from '@/lib/api/ask'
import type { Histogram, Problem } from '@/lib/api/types'
import { parse_time } from '@/lib/format/time'
import { bounds_of, is_past, type TimeRange } from './time_range'

/** What is counted: the lines of these containers (an expression) that pass, in `range`, in at most `most` bars. */
export interface Question {
  containers: string
  filter: string
  streams: readonly string[]
  range: TimeRange
  most: number
}

/** Lines over time: the bars' beginnings in ms, and for each of them, and in all, how many there are of each of LEVELS. */
export interface Volume {
  since: number
  until: number
  width: number
  times: number[]
  counts: number[][]
  total: number[]
  lines: number
  /** Not all could be counted in time: there are at least so many. */
  partial: boolean
  /** Lines that cannot be read and are not counted, at most. */
  damaged: number
}

const in_order = (counts: Histogram['total']): number[] => LEVELS.map((level) => counts[level] ?? 0)
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

// What stands for a width where there are no bars, in ms.
const EMPTY = 3_600_000

/** Takes an answer. What goes up to now (`now` in ms, else null) has empty bars where nothing was written of late. */
export function volume_of(histogram: Histogram, now: number | null): Volume {
  const times = histogram.buckets.map(({ time }) => parse_time(time)?.ms ?? 0)
  const counts = histogram.buckets.map((bucket) => in_order(bucket.counts))
  const total = in_order(histogram.total)
  let until = parse_time(histogram.until ?? '')?.ms ?? now ?? Date.now()
  const since = times[0] ?? until - EMPTY
  const width = times.length ? Math.max(1, (until - since) / times.length) : EMPTY
  for (; now !== null && until < now && times.length > 0 && times.length < MOST_BARS; until += width) {
    times.push(until)
    counts.push(LEVELS.map(() => 0))
  }
  return { since, until, width, times, counts, total, lines: sum(total), partial: !histogram.complete, damaged: histogram.damaged_lines }
}

// More are not drawn: of a log that went silent long ago with short bars.
const MOST_BARS = 500

/** How many lines of the levels in `mask` a bar has. */
export const lines_in = (counts: readonly number[], mask: number): number => sum(counts.filter((_, level) => mask & (1 << level)))

/** Counts once. */
export async function count({ containers, filter, streams, range, most }: Question, now: number, signal: AbortSignal): Promise<Volume> {
  const values = { containers, filter, streams: streams.join(','), ...bounds_of(range, now), buckets: String(most) }
  const query = new URLSearchParams(Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1])))
  return volume_of(await ask<Histogram>('GET', `histogram?${query}`, undefined, signal), is_past(range) ? null : now)
}

// How often what goes up to now is counted anew. It costs the server a millisecond or two; with a filter it may be a search through everything,
// and takes then at most this part of the time.
const EVERY_MS = 3000
const SHARE = 0.05

export interface Counted {
  /** Null until something was counted, and where the last question was another one. */
  volume: ComputedRef<Volume | null>
  /** The volume that came last, whatever it was asked for: it stays on the screen till the next is there. */
  shown: ComputedRef<Volume | null>
  problem: ComputedRef<Problem | null>
  reload(): void
}

/** Counts what `question` says, again when that changes and, where the range goes up to now, every few seconds. */
export function use_counts(question: () => Question | null): Counted {
  const key = computed(() => JSON.stringify(question()))
  type Last = { key: string; volume: Volume } | null
  let last: Last = null
  let again = 0
  const counted = use_resource<Last>(async (signal) => {
    const asked = question()
    const mine = key.value
    if (asked === null || (last?.key === mine && (Date.now() < again || (is_past(asked.range) && asked.range.until! < Date.now() - EVERY_MS)))) return last
    const began = Date.now()
    const volume = await count(asked, began, signal)
    again = Date.now() + (Date.now() - began) / SHARE
    return (last = { key: mine, volume })
  }, { every: EVERY_MS })
  watch(key, () => void counted.reload())
  return {
    volume: computed(() => (counted.data.value?.key === key.value ? counted.data.value.volume : null)),
    shown: computed(() => counted.data.value?.volume ?? null),
    problem: computed(() => counted.problem.value),
    reload: () => void counted.reload(),
  }
}
