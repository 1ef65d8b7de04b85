import { is_running } from '@/features/containers/fleet'
import type { TimeRange } from '@/features/range/time_range'
import type { Container, History, Host } from '@/lib/api/types'

// The demo deploys this service again and again, and it goes wrong for six minutes each time.
const DEPLOYED = 'orders-green'
const MINUTE_MS = 60_000
const BEFORE_MS = 4 * MINUTE_MS
const LASTS_MS = 7 * MINUTE_MS
// The quietest of its services says something twice a minute.
const SLACK_MS = MINUTE_MS

/** What the demo's last deploy brought: the container, the project whose logs tell of it, when that was in ms, and the range to look at. */
export interface Incident {
  container: Container
  project: string
  ms: number
  range: TimeRange
}

/** The last incident of the demo, or null where there is no demo. While it is under way its range goes on to now. */
export function incident_of(containers: Iterable<Container>, hosts: ReadonlyMap<string, Host>, now: number): Incident | null {
  for (const container of containers) {
    if (container.service !== DEPLOYED || container.project === null || container.created === null || !is_running(container) || hosts.get(container.host)?.kind !== 'demo') continue
    const ms = Date.parse(container.created)
    const until = ms + LASTS_MS
    return { container, project: container.project, ms, range: { last: null, since: ms - BEFORE_MS, until: until < now ? until : null } }
  }
  return null
}

/** Whether history has taken up all of its lines so far: right after the first start there is a day of them to be taken up. */
export function is_stored({ project, ms, range }: Incident, containers: Iterable<Container>, history: History): boolean {
  const end = range.until ?? ms
  const until = new Map(history.containers.map(({ container, until }) => [container, Date.parse(until ?? '')]))
  return [...containers].every((container) => container.project !== project || !is_running(container) || (until.get(container.id) ?? 0) >= end - SLACK_MS)
}
