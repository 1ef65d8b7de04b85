import { shallowRef } from 'vue'
import { is_running } from '@/features/containers/fleet'
import { marker_of } from '@/features/logs/engine/entry'
import type { Alert, Container, ContainerEvent } from '@/lib/api/types'
import { on_live } from '@/lib/live/bridge'

/** Something that happened at a time: the life of a container, or the beginning of an alert. `bad`: it needs a look. */
export interface Mark {
  ms: number
  /** `alert`, or the action of an event as `log.marker` has texts for them. */
  action: string
  detail: string
  container: string
  bad: boolean
}

// The newest of all containers, of which views show their own.
const MOST = 1000
export const recent_events = shallowRef<readonly ContainerEvent[]>([])
on_live('event', ({ event }) => {
  if (marker_of(event)) recent_events.value = [...recent_events.value.slice(1 - MOST), event]
})

const CLEAN = ['', '0', '130', '143']
const is_bad = (action: string, detail: string): boolean => action === 'oom' || action === 'restart' || (action === 'die' && !CLEAN.includes(detail)) || (action === 'health_status' && detail === 'unhealthy')

// An event and what its container says of itself are the same where they are not further apart.
const SAME_MS = 1500

/** What is known of these containers, in order of time: what was told since the page is open, when each began and ended last, and their alerts. */
export function marks_of(containers: readonly Container[], events: readonly ContainerEvent[], alerts: readonly Alert[]): Mark[] {
  const by_id = new Map(containers.map((container) => [container.id, container]))
  const marks: Mark[] = []
  const add = (ms: number, action: string, detail: string, container: string) => {
    if (Number.isNaN(ms) || marks.some((mark) => mark.container === container && mark.action === action && Math.abs(mark.ms - ms) < SAME_MS)) return
    marks.push({ ms, action, detail, container, bad: is_bad(action, detail) })
  }
  for (const event of events) {
    const marker = by_id.has(event.container) ? marker_of(event) : null
    if (marker) add(marker.ms, marker.action, marker.detail, marker.container)
  }
  for (const container of containers) {
    if (container.started) add(Date.parse(container.started), 'start', '', container.id)
    if (container.finished && !is_running(container)) add(Date.parse(container.finished), 'die', container.exit_code === null ? '' : String(container.exit_code), container.id)
  }
  for (const alert of alerts) {
    const id = alert.container.slice(alert.container.indexOf('/') + 1)
    if (by_id.has(id)) marks.push({ ms: Date.parse(alert.started), action: 'alert', detail: alert.notification?.rule.name ?? '', container: id, bad: true })
  }
  return marks.sort((a, b) => a.ms - b.ms)
}
