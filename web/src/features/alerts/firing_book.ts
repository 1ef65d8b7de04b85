import type { AlertStanding, Severity } from '@/lib/api/types'

/** What fires. */
export interface Firing {
  count: number
  worst: Severity | null
  /** By `HOST/ID` of a container. */
  by_container: ReadonlyMap<string, FiringOf>
}
/** What fires of one container; `newest` is the number of an alert. */
export interface FiringOf {
  count: number
  worst: Severity
  newest: number
}
export interface AlertsMessage {
  snapshot?: boolean
  alerts: readonly AlertStanding[]
  over?: readonly number[]
  more?: boolean
}

const RANK: Record<Severity, number> = { info: 0, warning: 1, critical: 2 }
const worse = (a: Severity | null, b: Severity): Severity => (a === null || RANK[b] > RANK[a] ? b : a)
export const worst_of = (alerts: readonly { severity: Severity }[]): Severity | null => alerts.reduce<Severity | null>((worst, { severity }) => worse(worst, severity), null)

/** Keeps the alerts that are not over, from the messages of the live connection. */
export class FiringBook {
  private alerts = new Map<number, AlertStanding>()
  private newest: number | null = null
  private since: number | null = null
  private coming = false

  /** Null where more of it is to come. `missed`: what has begun since the last message before the connection was lost, newest first. */
  take({ snapshot = false, alerts, over = [], more = false }: AlertsMessage): { firing: Firing; missed: number[] } | null {
    if (snapshot) {
      this.alerts = new Map()
      this.since = this.newest
      this.coming = true
    }
    for (const alert of alerts) {
      this.alerts.set(alert.id, alert)
      this.newest = Math.max(this.newest ?? 0, alert.id)
    }
    for (const id of over) this.alerts.delete(id)
    if (more) return null
    this.newest ??= 0
    const { since } = this
    const missed = this.coming && since !== null ? this.firing().filter(({ id }) => id > since).map(({ id }) => id) : []
    this.coming = false
    return { firing: this.summary(), missed: missed.sort((a, b) => b - a) }
  }

  private firing(): AlertStanding[] {
    return [...this.alerts.values()].filter(({ state }) => state === 'firing')
  }

  private summary(): Firing {
    const fires = this.firing()
    const by_container = new Map<string, FiringOf>()
    for (const { id, container, severity } of fires) {
      if (!container) continue
      const before = by_container.get(container)
      by_container.set(container, { count: (before?.count ?? 0) + 1, worst: worse(before?.worst ?? null, severity), newest: Math.max(before?.newest ?? 0, id) })
    }
    return { count: fires.length, worst: worst_of(fires), by_container }
  }
}
