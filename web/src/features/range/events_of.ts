import { computed, watch, type ComputedRef } from 'vue'
import { use_resource } from '@/features/alerts/resource'
import { these_ids } from '@/features/logs/engine/http_pages'
import { ask_stream } from '@/lib/api/ask'
import type { Container, ContainerEvent } from '@/lib/api/types'
import { recent_events } from './marks'
import { bounds_of, type TimeRange } from './time_range'

// The newest of a view. What happens while it is open is told by the live connection.
const MOST = 1000
const EVERY_MS = 60_000

const key_of = ({ container, time, action }: ContainerEvent): string => `${container} ${time} ${action}`

/** What happened to these containers in a range, as far as it is stored, and since the page is open: each once, in order of time. */
export function use_events_of(containers: () => readonly Container[], range: () => TimeRange): ComputedRef<readonly ContainerEvent[]> {
  const asked = computed(() => {
    const ids = containers().map(({ id }) => id)
    return ids.length ? JSON.stringify({ containers: these_ids(ids), range: range() }) : ''
  })
  const { data, reload } = use_resource<readonly ContainerEvent[]>(async (signal) => {
    if (!asked.value) return []
    const { containers: chosen, range: within } = JSON.parse(asked.value) as { containers: string; range: TimeRange }
    const { since, until } = bounds_of(within, Date.now())
    const query = new URLSearchParams({ containers: chosen, order: 'desc', limit: String(MOST), ...(since && { since }), ...(until && { until }) })
    const events: ContainerEvent[] = []
    await ask_stream<ContainerEvent | { end: unknown }>(`events?${query}`, (line) => 'end' in line || events.push(line), signal)
    return events.reverse()
  }, { every: EVERY_MS })
  watch(asked, () => void reload())
  return computed(() => {
    const shown = new Set(containers().map(({ id }) => id))
    const by_key = new Map<string, ContainerEvent>()
    for (const event of [...(data.value ?? []), ...recent_events.value]) if (shown.has(event.container)) by_key.set(key_of(event), event)
    return [...by_key.values()].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
  })
}
