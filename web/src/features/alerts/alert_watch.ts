import { shallowRef } from 'vue'
import { ask } from '@/lib/api/ask'
import type { AlertPage, Container } from '@/lib/api/types'
import { on_live } from '@/lib/live/bridge'
import { prefs } from '@/lib/prefs/prefs'
import type { Firing, FiringOf } from './firing_book'
import type { Beginning } from './notify'

/** What fires; null as long as nobody knows, and on a server without alerts. */
export const firing = shallowRef<Firing | null>(null)
/** Changes each time that an alert has. */
export const alerts_revision = shallowRef(0)

/** What fires of a container; undefined: nothing that is known. */
export const firing_of = ({ host, id }: Pick<Container, 'host' | 'id'>): FiringOf | undefined => firing.value?.by_container.get(`${host}/${id}`)

// What the server gives at a time of what fires, newest first.
const MOST = 100

/** What there is to tell of alerts that began while the connection was lost. */
async function beginnings(ids: ReadonlySet<number>): Promise<Beginning[]> {
  const { alerts } = await ask<AlertPage>('GET', `alerts?state=firing&limit=${MOST}`)
  return alerts
    .filter(({ id }) => ids.has(id))
    .map(({ id, severity, notification }) => ({ id, severity, rule: notification?.rule.name ?? '', where: notification?.container?.name ?? '', text: notification?.message || notification?.detail || '' }))
}

/** Keeps `firing`, and tells of alerts that begin, also while the page is hidden; once. `open` shows an alert. */
export function start_alert_watch(open: (id: number) => void): void {
  const wanted = () => prefs.alert_notify || prefs.alert_sound
  const tell = (begun: Beginning[]) => void import('./notify').then(({ tell }) => tell(begun, open))
  on_live('firing', (message) => {
    firing.value = message.firing
    alerts_revision.value += 1
    // A server that is away again meanwhile tells of them when it is back.
    if (message.missed.length && wanted()) beginnings(new Set(message.missed)).then(tell, () => {})
  })
  const gathered: Beginning[] = []
  on_live('notification', ({ notification: { kind, state, alert, severity, rule_name, container_name, message, detail } }) => {
    if (kind !== 'fired' || state !== 'firing' || !wanted()) return
    // Those that come together are told together.
    if (gathered.length === 0) setTimeout(() => tell(gathered.splice(0).reverse()))
    gathered.push({ id: alert, severity, rule: rule_name, where: container_name, text: message || detail })
  })
}
