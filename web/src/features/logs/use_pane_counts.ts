import { computed, watch } from 'vue'
import { fleet_ready } from '@/features/containers/fleet'
import { use_alerts_of } from '@/features/range/alerts_of'
import { use_events_of } from '@/features/range/events_of'
import { use_counts } from '@/features/range/histogram'
import { marks_of } from '@/features/range/marks'
import { narrow } from '@/features/shell/shell'
import { prefs } from '@/lib/prefs/prefs'
import { STREAMS } from './engine/entry'
import { these_ids } from './engine/http_pages'
import { level_counts } from './level_counts'
import type { LogQuery } from './log_url'
import type { LogView } from './log_view'
import type { Shown } from './use_shown'

interface Parts {
  view: LogView
  shown: Shown
  query(): LogQuery
  /** It is on the screen. */
  watched(): boolean
}

/** How much there is of what a pane shows, as bars and as counts of levels, and what happened meanwhile. */
export function use_pane_counts({ view, shown, query, watched }: Parts) {
  const counting = use_counts(() => {
    if (!fleet_ready.value || !watched() || !shown.ids.value.length) return null
    const { filter, streams, range } = query()
    return { containers: these_ids(shown.ids.value), filter, streams: STREAMS.filter(([bit]) => streams === bit).map(([, name]) => name), range, most: narrow.value ? 60 : 120 }
  })
  // History is off, or a filter is refused, which the box says.
  const uncounted = computed(() => counting.problem.value !== null && [400, 404].includes(counting.problem.value.status))
  const alerts = use_alerts_of(() => shown.containers.value)
  const events = use_events_of(() => shown.containers.value, () => query().range)
  watch([events, () => prefs.event_rows], ([now, wanted]) => view.send({ do: 'events', events: wanted ? now : [] }), { immediate: true })
  return {
    counting,
    /** The server counts nothing here. */
    uncounted,
    counted: computed(() => level_counts(uncounted.value ? null : counting.shown.value, view.state.value)),
    marks: computed(() => marks_of(shown.containers.value, events.value, alerts.value)),
  }
}
