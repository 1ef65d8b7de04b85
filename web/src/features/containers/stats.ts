import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { on_live, to_worker } from '@/lib/live/bridge'
import { containers } from './fleet'
import { METRICS, STAT_WIDTH, type Metric } from '@/lib/live/stat_columns'

// Five minutes at one sample a second, as the server's ring has; 11 kB a container.
const MOST = 300
// What a small chart shows. A fleet of ten thousand is kept no further back than that, and none at more than some 25 MB.
const LEAST = 60
const MOST_IN_ALL = 600_000
// Room to begin with, and how far an array that is full of wanted samples is filled before they are moved to its start.
const FIRST_ROOM = 16
const SLACK = 1.25

/** The newest samples of one container, oldest first. Times are in seconds since 1970; a missing figure is NaN. */
export class StatSeries {
  private room = 0
  private first = 0
  private end = 0
  private all_times = new Float64Array(0)
  /** One metric after the other, `room` values each. */
  private values = new Float32Array(0)

  constructor(private most = MOST) {}

  get length(): number {
    return this.end - this.first
  }
  get times(): Float64Array {
    return this.all_times.subarray(this.first, this.end)
  }

  /** Appends a packed row; one that is not newer than the last is left out. */
  push(packed: Float64Array, row: number): void {
    const at = row * STAT_WIDTH
    const time = packed[at]! / 1000
    if (this.end > this.first && time <= this.all_times[this.end - 1]!) return
    if (this.end === this.room) this.make_room()
    this.all_times[this.end] = time
    for (let m = 0; m < METRICS.length; m += 1) this.values[m * this.room + this.end] = packed[at + 1 + m]!
    this.end += 1
    if (this.length > this.most) this.first += 1
  }

  /** Replaces everything by a history that reaches further back. */
  load(packed: Float64Array): void {
    const rows = packed.length / STAT_WIDTH
    if (rows <= this.length) return
    this.most = Math.max(this.most, Math.min(MOST, rows))
    this.first = this.end = 0
    for (let row = Math.max(0, rows - this.most); row < rows; row += 1) this.push(packed, row)
  }

  /** The newest value, NaN when there is none. */
  last(metric: Metric): number {
    return this.length ? this.values[METRICS.indexOf(metric) * this.room + this.end - 1]! : NaN
  }

  column(metric: Metric): Float32Array {
    const start = METRICS.indexOf(metric) * this.room
    return this.values.subarray(start + this.first, start + this.end)
  }

  /** Moves what is kept to the start, into larger arrays while less than `most` samples are there. */
  private make_room(): void {
    const room = Math.min(Math.ceil(this.most * SLACK), Math.max(FIRST_ROOM, this.length * 2))
    const times = room === this.room ? this.all_times : new Float64Array(room)
    const values = room === this.room ? this.values : new Float32Array(room * METRICS.length)
    times.set(this.times)
    METRICS.forEach((metric, m) => values.set(this.column(metric), m * room))
    this.all_times = times
    this.values = values
    this.room = room
    this.end -= this.first
    this.first = 0
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
  if (!found) series.set(container, (found = new StatSeries(Math.max(LEAST, Math.min(MOST, Math.floor(MOST_IN_ALL / containers.value.size))))))
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
  watch(containers, (now) => {
    for (const id of series.keys()) if (!now.has(id)) series.delete(id)
  })
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
