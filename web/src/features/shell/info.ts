import { shallowRef, watch } from 'vue'
import type { Info } from '@/lib/api/types'
import { connection } from '@/lib/live/bridge'

/** What the server says of itself; null until it has. */
export const info = shallowRef<Info | null>(null)
/** The server answers, but has not let a single live connection be made: something between does not pass it on. */
export const refused = shallowRef(false)

async function ask(): Promise<boolean> {
  try {
    const response = await fetch(new URL('api/v1/info', document.baseURI))
    if (response.ok) info.value = (await response.json()) as Info
    return response.ok
  } catch {
    return false // the connection is gone again; the next one asks again
  }
}

/** Asks the server for it at every (re)connection: it may be another version then. */
export function start_info(): void {
  watch(connection, async ({ state, version }, old) => {
    if (state === 'open') {
      refused.value = false
      if (old.state !== 'open') await ask()
    } else if (state === 'lost' && version === null) refused.value = (await ask()) && connection.value.state !== 'open'
  })
}
