import { shallowRef, watch } from 'vue'
import type { Info } from '@/lib/api/types'
import { connection } from '@/lib/live/bridge'

/** What the server says of itself; null until it has. */
export const info = shallowRef<Info | null>(null)

/** Asks the server for it at every (re)connection: it may be another version then. */
export function start_info(): void {
  watch(connection, async ({ state }, old) => {
    if (state !== 'open' || old.state === 'open') return
    try {
      const response = await fetch(new URL('api/v1/info', document.baseURI))
      if (response.ok) info.value = (await response.json()) as Info
    } catch {
      // The connection is gone again; the next one asks again.
    }
  })
}
