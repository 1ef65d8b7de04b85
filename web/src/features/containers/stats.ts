import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { on_live, to_worker } from '@/lib/live/bridge'
import { METRICS, STAT_WIDTH, type Metric } from '@/lib/live/stat_columns'

// Five minutes at one sample a second, as the server's ring has; 8 kB a container.
const CAPACITY = 300

/** The newest samples of one container, oldest first. Times are in seconds since 1970; a missing figure is NaN. */
export class StatSeries {
  times = new Float64Array(CAPACITY)
  length = 0
  private readonly values = METRICS.map(() => new Float32Array(CAPACITY))

  /** Appends a packed row; one that is not newer than the last is left out. */
  push(packed: Float64Array, row: number): void {
    const at = row * STAT_WIDTH
    const time = packed[at]! / 1000
    if (this.length > 0 && time <= this.times[this.length - 1]!) return
    if (this.length === CAPACITY) {
      this.times.copyWithin(0, 1)
      for (const column of this.values) column.copyWithin(0, 1)
      this.length -= 1
    }
    this.times[this.length] = time
    this.values.forEach((column, m) => {
      column[this.length] = packed[at + 1 + m]!
    })
    this.length += 1
  }

  /** Replaces everything by a history that reaches further back. */
  load(packed: Float64Array): void {
    const rows = packed.length / STAT_WIDTH
    if (rows <= this.length) return
    this.length = 0
    for (let row = Math.max(0, rows - CAPACITY); row < rows; row += 1) this.push(packed, row)
  }

  /** The newest value, NaN when there is none. */
  last(metric: Metric): number {
    return this.length ? this.values[METRICS.indexOf(metric)]![this.length - 1]! : NaN
  }

  column(metric: Metric): Float32Array {
    return this.values[METRICS.indexOf(metric)]!.subarray(0, this.length)
  }
}

const series = new Map<string, StatSeries>()
/** Changes with every tick of samples: what reads the series depends on it. */
export const stat_tick = shallowRef(0)

export function series_of(container: string): StatSeries | undefined {
  return series.get(container)
}

function series_for(container: string): StatSeries {
  let found = series.get(container)
  if (!found) series.set(container, (found = new StatSeries()))
  return found
}

let pending = false
function tick(): void {
  if (pending) return
  pending = true
  // A server sends the histories of many containers one by one: that is a few repaints, not a thousand.
  setTimeout(() => {
    pending = false
    stat_tick.value += 1
  }, 100)
}

export function start_stats(): void {
  on_live('stats', ({ containers, packed }) => {
    containers.forEach((id, row) => series_for(id).push(packed, row))
    tick()
  })
  on_live('stats_history', ({ container, packed }) => {
    series_for(container).load(packed)
    tick()
  })
  on_live('fleet', ({ gone }) => gone.forEach((id) => series.delete(id)))
}

const visible = shallowRef(true)
if (typeof document !== 'undefined')
  document.addEventListener('visibilitychange', () => {
    visible.value = document.visibilityState === 'visible'
  })

/**
 * Asks for samples while the calling scope lives and the page is seen. `wanted` gives the containers (null: all running ones) and how many
 * past samples of each to begin with; undefined asks for nothing.
 */
export function watch_stats(key: string, wanted: () => { containers: string[] | null; history: number } | undefined): void {
  const stop = watch(
    [visible, wanted] as [Ref<boolean>, typeof wanted],
    ([seen, want], old) => {
      if (!seen || !want) return to_worker({ type: 'unwatch_stats', key })
      if (old[0] === seen && JSON.stringify(old[1]) === JSON.stringify(want)) return
      to_worker({ type: 'watch_stats', key, ...want })
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    stop()
    to_worker({ type: 'unwatch_stats', key })
  })
}
