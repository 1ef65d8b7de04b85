import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import { use_resource } from '@/features/alerts/resource'
import { LEVELS } from '@/features/logs/engine/entry'
import { ask } from '@/lib/api/ask'
import type { Level, Problem } from '@/lib/api/types'
import { parse_time } from '@/lib/format/time'
import { bars_over, bounds_of, is_past, type TimeRange } from './time_range'

/** What is counted: the lines of these containers (an expression) that pass, in `range`, in at most `most` bars. */
export interface Question {
  containers: string
  filter: string
  streams: readonly string[]
  range: TimeRange
  most: number
}

type Counts = Partial<Record<Level, number>>
/** The server's answer (`GET /api/v1/histogram`). */
export interface Histogram {
  from: string
  to: string
  buckets: { time: string; counts: Counts }[]
  total: Counts
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
}

const in_order = (counts: Counts): number[] => LEVELS.map((level) => counts[level] ?? 0)
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Takes an answer over `count` bars; a bar that it leaves out is empty. */
export function volume_of(histogram: Histogram, count: number): Volume {
  const since = parse_time(histogram.from)?.ms ?? 0
  const until = parse_time(histogram.to)?.ms ?? since
  const width = Math.max(1, (until - since) / count)
  const counts = Array.from({ length: count }, () => LEVELS.map(() => 0))
  for (const bucket of histogram.buckets) {
    const at = Math.round(((parse_time(bucket.time)?.ms ?? -1) - since) / width)
    if (counts[at]) counts[at] = in_order(bucket.counts)
  }
  const total = in_order(histogram.total)
  return { since, until, width, times: counts.map((_, i) => since + i * width), counts, total, lines: sum(total) }
}

/** How many lines of the levels in `mask` a bar has. */
export const lines_in = (counts: readonly number[], mask: number): number => sum(counts.filter((_, level) => mask & (1 << level)))

function path_of({ containers, filter, streams }: Question, since: string | null, until: string | null, count: number): string {
  const values = { containers, filter, streams: streams.join(','), since, until, buckets: String(count) }
  return `histogram?${new URLSearchParams(Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1])))}`
}
const iso = (ms: number) => new Date(ms).toISOString()

/** Counts once. `first`: when the oldest line was written, where that is known; without it a range without a beginning has it looked up. */
export async function count(question: Question, first: number | null, now: number, signal: AbortSignal): Promise<{ volume: Volume; first: number | null }> {
  const { since, until } = bounds_of(question.range, now)
  let from = since === null ? first : Date.parse(since)
  if (from === null) {
    const whole = await ask<Histogram>('GET', path_of(question, null, until, 1), undefined, signal)
    from = parse_time(whole.from)?.ms ?? now
  }
  const end = until === null ? now : Date.parse(until)
  const bars = bars_over(Math.min(from, end - 1), end, question.most, until === null)
  const answer = await ask<Histogram>('GET', path_of(question, iso(bars.since), iso(bars.until), bars.count), undefined, signal)
  return { volume: volume_of(answer, bars.count), first: since === null ? from : null }
}

// How often what goes up to now is counted anew. It costs the server a millisecond or two.
const EVERY_MS = 3000

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
  const first = shallowRef<{ of: string; ms: number | null }>({ of: '', ms: null })
  const key = computed(() => JSON.stringify(question()))
  type Last = { key: string; volume: Volume } | null
  let last: Last = null
  const counted = use_resource<Last>(async (signal) => {
    const asked = question()
    const mine = key.value
    if (asked === null || (last?.key === mine && is_past(asked.range) && asked.range.until! < Date.now() - EVERY_MS)) return last
    const of = JSON.stringify([asked.containers])
    const answer = await count(asked, first.value.of === of ? first.value.ms : null, Date.now(), signal)
    if (answer.first !== null) first.value = { of, ms: answer.first }
    return (last = { key: mine, volume: answer.volume })
  }, EVERY_MS)
  watch(key, () => void counted.reload())
  return {
    volume: computed(() => (counted.data.value?.key === key.value ? counted.data.value.volume : null)),
    shown: computed(() => counted.data.value?.volume ?? null),
    problem: computed(() => counted.problem.value),
    reload: () => void counted.reload(),
  }
}
