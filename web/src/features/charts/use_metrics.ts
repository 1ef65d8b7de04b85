import { computed, watch, type ComputedRef } from 'vue'
import { use_resource } from '@/features/alerts/resource'
import { series_of, stat_tick } from '@/features/containers/stats'
import { these_ids } from '@/features/logs/engine/http_pages'
import { is_past, parse_range, type TimeRange } from '@/features/range/time_range'
import { ask } from '@/lib/api/ask'
import type { Problem, StatPoint, StatSample } from '@/lib/api/types'
import { METRICS, type Metric } from '@/lib/live/stat_columns'
import { neighbours_within, with_gaps, type Series } from './series'

/** Which metrics are looked at. */
export interface MetricQuestion {
  containers: readonly string[]
  /** Null: the newest minutes, as they come in. */
  range: TimeRange | null
  /** Where a range begins that has no beginning, in ms. */
  first: number | null
}
export type Figure = Exclude<keyof StatSample, 'time' | 'mounts'>

export interface Metrics {
  /** What is shown, in s since 1970. */
  span: ComputedRef<{ since: number; until: number }>
  /** A figure of a container over that time. Changes with every tick of samples: call it where that is depended on. */
  series(container: string, figure: Figure): Series
  /** For how long, in s, a figure of a time holds. */
  holds(time: number): number
  /** Something has come. */
  ready: ComputedRef<boolean>
  /** What is shown still is of another question. */
  stale: ComputedRef<boolean>
  problem: ComputedRef<Problem | null>
  reload(): void
}

/** As far back as samples are held (`stats.ts`), in s. */
export const LIVE = 300
// Where nothing says when a range begins.
const DAY = 86_400_000

interface Loaded {
  key: string
  since: number
  until: number
  step: number
  series: ReadonlyMap<string, { times: number[]; points: StatPoint[] }>
}

/** The metrics of containers over a range: what is stored, and what comes in meanwhile; that is asked of the server every so many ms. */
export function use_metrics(question: () => MetricQuestion, every: number): Metrics {
  const asked = computed((): MetricQuestion => {
    const { range, first, ...rest } = question()
    // Where a range has a beginning the other one is no part of the question.
    return { ...rest, range, first: range && range.last === null && range.since === null ? first : null }
  })
  const key = computed(() => JSON.stringify(asked.value))
  const live = computed(() => asked.value.range === null)
  const bounds = (now: number) => {
    const { range, first } = asked.value
    const until = range?.until ?? now
    return { since: (range?.last ? until - range.last : (range?.since ?? first ?? until - DAY)) / 1000, until: until / 1000 }
  }
  let last: Loaded | null = null
  const loaded = use_resource<Loaded | null>(async (signal) => {
    const { containers, range } = asked.value
    const mine = key.value
    if (range === null || containers.length === 0) return (last = null)
    if (last?.key === mine && is_past(range) && range.until! < Date.now()) return last
    const { since, until } = bounds(Date.now())
    const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
    const query = new URLSearchParams({ containers: these_ids([...containers]), since: iso(since), ...(is_past(range) && { until: iso(until) }) })
    const { series } = await ask<{ series: { container: string; step?: string; samples: StatPoint[] }[] }>('GET', `stats?${query}`, undefined, signal)
    const step = parse_range(series[0]?.step ?? '').last ?? 1000
    return (last = { key: mine, since, until, step: step / 1000, series: new Map(series.map(({ container, samples }) => [container, { times: samples.map(({ time }) => Date.parse(time) / 1000), points: samples }])) })
  }, { every })
  watch(key, () => void loaded.reload())
  const step = computed(() => (live.value ? 1 : (loaded.data.value?.step ?? 1)))

  const span = computed(() => {
    void stat_tick.value
    void loaded.at.value
    if (!live.value) return bounds(Date.now())
    const newest = Math.max(0, ...asked.value.containers.map((id) => series_of(id)?.times.at(-1) ?? 0))
    const until = newest ? Math.floor(newest) : Math.floor(Date.now() / 1000)
    return { since: until - LIVE, until }
  })

  function series(container: string, figure: Figure): Series {
    const { range } = asked.value
    const stored = live.value ? undefined : loaded.data.value?.series.get(container)
    const times = stored ? [...stored.times] : []
    const values: (number | null)[] = stored ? stored.points.map((point) => point[figure]) : []
    const edge = (of: 'min' | 'max') => stored!.points.map((point) => point[of]?.[figure] ?? point[figure])
    const band = stored && { least: edge('min'), greatest: edge('max') }
    const ring = range === null || !is_past(range) ? series_of(container) : undefined
    if (ring?.length && METRICS.includes(figure as Metric)) {
      const from = Math.max(span.value.since, times.length ? times.at(-1)! + step.value : 0)
      const column = ring.column(figure as Metric)
      ring.times.forEach((time, i) => {
        const second = Math.floor(time)
        if (second < from || second <= (times.at(-1) ?? 0)) return
        times.push(second)
        const value = Number.isNaN(column[i]) ? null : column[i]!
        for (const to of [values, ...(band ? [band.least, band.greatest] : [])]) to.push(value)
      })
    }
    return with_gaps({ times, values, band }, step.value, Date.now() / 1000)
  }

  return {
    span,
    series,
    holds: (time) => neighbours_within(Date.now() / 1000 - time, step.value),
    ready: computed(() => live.value || loaded.data.value !== null),
    stale: computed(() => !live.value && loaded.data.value?.key !== key.value && loaded.problem.value === null),
    problem: computed(() => (live.value ? null : loaded.problem.value)),
    reload: () => void loaded.reload(),
  }
}
