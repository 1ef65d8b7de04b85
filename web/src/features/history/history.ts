import { ask } from '@/lib/api/ask'

/** What history keeps of one container; `from` and `until` are the times of its first and its last line. */
export interface Kept {
  container: string
  name: string
  host: string
  lines: number
  bytes: number
  from: string | null
  until: string | null
  removed: boolean
}
/** What history keeps in all (`GET /api/v1/history`); `limit` in bytes. */
export interface History {
  lines: number
  bytes: number
  from: string | null
  until: string | null
  limit: number
  containers: Kept[]
  gaps: { from: string; until: string; reason: string }[]
  state: string
}

export const load_history = (signal: AbortSignal): Promise<History> => ask('GET', 'history', undefined, signal)
/** Has history forget a container's lines; there is no way back. */
export const forget = (container: string): Promise<void> => ask('DELETE', `containers/${encodeURIComponent(container)}/history`)
