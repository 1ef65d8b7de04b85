import { computed, type ComputedRef, type Ref } from 'vue'
import { hosts, is_running } from '@/features/containers/fleet'
import { watch_stats } from '@/features/containers/stats'
import { LIVE } from '@/features/charts/use_metrics'
import type { Volume } from '@/features/range/histogram'
import { is_all, type TimeRange } from '@/features/range/time_range'
import { narrow } from '@/features/shell/shell'
import type { Container } from '@/lib/api/types'
import { prefs } from '@/lib/prefs/prefs'

export interface PaneMetrics {
  /** Its containers are such as have figures. */
  has: ComputedRef<boolean>
  shown: ComputedRef<boolean>
  /** The range of the charts; null: the newest minutes. */
  range: ComputedRef<TimeRange | null>
}

/** Which metrics a log view shows. `key`: of the view; `short`: there is no room for them; `histogram`: that is shown. */
export function use_pane_metrics(key: string, view: { containers: () => readonly Container[]; range: () => TimeRange; volume: () => Volume | null; short: Ref<boolean>; histogram: Ref<boolean> }): PaneMetrics {
  // Files have no figures: empty charts would only take the room of lines.
  const has = computed(() => view.containers().some(({ host }) => !['files', 'stdin'].includes(hosts.value.get(host)?.kind ?? 'files')))
  // A phone has room for one of the two, and so has a pane that others leave little height.
  const shown = computed(() => prefs.metrics_open && has.value && !view.short.value && !(narrow.value && view.histogram.value))
  const running = computed(() => view.containers().filter(is_running).map(({ id }) => id))
  const range = computed(() => {
    const chosen = view.range()
    if (!is_all(chosen)) return chosen
    if (running.value.length) return null
    // What has ended is shown as it was.
    const times = view.containers().flatMap(({ created, started, finished }) => [created, started, finished].flatMap((time) => (time ? [Date.parse(time)] : [])))
    const volume = view.volume()
    const since = volume?.lines ? volume.since : Math.min(...times)
    const until = Math.max(volume?.lines ? volume.until : 0, ...times)
    return Number.isFinite(since) && until > since ? { last: null, since, until } : null
  })
  watch_stats(`log${key}`, () => (shown.value && running.value.length && (range.value?.until ?? null) === null ? { containers: running.value, history: LIVE } : undefined))
  return { has, shown, range }
}
