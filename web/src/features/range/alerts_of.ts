import { computed, type ComputedRef } from 'vue'
import { use_resource } from '@/features/alerts/resource'
import { alerts_revision, firing } from '@/features/alerts/alert_watch'
import { ask } from '@/lib/api/ask'
import type { Alert, AlertPage, Container } from '@/lib/api/types'

// The newest that are looked through for those of a view's containers.
const MOST = 500
const PAUSE_MS = 5000

/** The newest alerts of these containers, newest first; none on a server without alerts. */
export function use_alerts_of(containers: () => readonly Container[]): ComputedRef<Alert[]> {
  const { data } = use_resource<AlertPage | null>(async (signal) => (firing.value === null ? null : ask<AlertPage>('GET', `alerts?limit=${MOST}`, undefined, signal)), { on: () => alerts_revision.value, pause: PAUSE_MS })
  return computed(() => {
    const shown = new Set(containers().map(({ host, id }) => `${host}/${id}`))
    return data.value?.alerts.filter(({ container }) => shown.has(container)) ?? []
  })
}
