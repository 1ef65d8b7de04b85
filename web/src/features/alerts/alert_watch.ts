import { shallowRef } from 'vue'
import { ask, Refusal } from '@/lib/api/ask'
import type { Alert, AlertPage, Container, Severity } from '@/lib/api/types'
import { prefs } from '@/lib/prefs/prefs'

/** How often it is asked what fires. */
export const EVERY_MS = 10_000
// What the badge counts exactly. Beyond it there is a `+`: alerts carry what they tell of, and nobody counts a hundred.
const MOST = 100

export interface Firing {
  count: number
  /** There are more than are counted. */
  more: boolean
  worst: Severity | null
  /** By `HOST/ID` of a container, of those that are counted. */
  by_container: ReadonlyMap<string, FiringOf>
}
/** What fires of one container; `newest` is the number of an alert. */
export interface FiringOf {
  count: number
  worst: Severity
  newest: number
}

/** What fires; null as long as nobody knows, and on a server without alerts. */
export const firing = shallowRef<Firing | null>(null)

const RANK: Record<Severity, number> = { info: 0, warning: 1, critical: 2 }
export const worst_of = (alerts: readonly Alert[]): Severity | null =>
  alerts.reduce<Severity | null>((worst, { severity }) => (worst === null || RANK[severity] > RANK[worst] ? severity : worst), null)

/** Gathers alerts, newest first, by their containers. */
export function by_container(alerts: readonly Alert[]): Map<string, FiringOf> {
  const found = new Map<string, FiringOf>()
  for (const { id, container, severity } of alerts) {
    if (!container) continue
    const before = found.get(container)
    if (!before) found.set(container, { count: 1, worst: severity, newest: id })
    else {
      before.count += 1
      if (RANK[severity] > RANK[before.worst]) before.worst = severity
    }
  }
  return found
}
/** What fires of a container; undefined: nothing that is known. */
export const firing_of = ({ host, id }: Pick<Container, 'host' | 'id'>): FiringOf | undefined => firing.value?.by_container.get(`${host}/${id}`)

export interface WatchParts {
  /** The newest alerts that fire, newest first; null: this server has no alerts. */
  list(): Promise<AlertPage | null>
  /** Whether anybody wants to know now. */
  wanted(): boolean
  show(firing: Firing | null): void
  /** Called with what has begun since the last time, never with what fired when the page was opened. */
  tell(alerts: Alert[]): void
}

/** Asks what fires, at once and then every EVERY_MS for as long as somebody wants to know. */
export class FiringWatch {
  private timer: ReturnType<typeof setTimeout> | undefined
  private asking = false
  private newest: number | null = null

  constructor(private readonly parts: WatchParts) {}

  async look(): Promise<void> {
    clearTimeout(this.timer)
    if (this.asking || !this.parts.wanted()) return
    this.asking = true
    let over = false
    try {
      const page = await this.parts.list()
      over = page === null
      this.take(page)
    } catch {
      // The server is away, which the top bar says; what was known stays, and the next turn asks again.
    }
    this.asking = false
    if (!over && this.parts.wanted()) this.timer = setTimeout(() => void this.look(), EVERY_MS)
  }

  private take(page: AlertPage | null): void {
    if (page === null) return this.parts.show(null)
    const { alerts, next } = page
    const { newest } = this
    this.newest = Math.max(newest ?? 0, ...alerts.map(({ id }) => id))
    this.parts.show({ count: alerts.length, more: next !== null, worst: worst_of(alerts), by_container: by_container(alerts) })
    const begun = newest === null ? [] : alerts.filter(({ id }) => id > newest)
    if (begun.length) this.parts.tell(begun)
  }
}

async function list_firing(): Promise<AlertPage | null> {
  try {
    return await ask<AlertPage>('GET', `alerts?state=firing&limit=${MOST}`)
  } catch (error) {
    if (error instanceof Refusal && (error.problem.status === 503 || error.problem.status === 404)) return null
    throw error
  }
}

let watch: FiringWatch | null = null
/** Has the badge say at once what has just been changed. */
export const look_again = (): void => void watch?.look()

/** Watches what fires while the page is seen, and also while it is not where the reader asked to be told; once. `open` shows an alert. */
export function start_alert_watch(open: (id: number) => void): void {
  watch = new FiringWatch({
    list: list_firing,
    wanted: () => document.visibilityState === 'visible' || prefs.alert_notify || prefs.alert_sound,
    show: (now) => (firing.value = now),
    tell: (alerts) => {
      if (prefs.alert_notify || prefs.alert_sound) void import('./notify').then(({ tell }) => tell(alerts, open))
    },
  })
  document.addEventListener('visibilitychange', look_again)
  look_again()
}
