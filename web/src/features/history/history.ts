import { ask } from '@/lib/api/ask'
import type { History } from '@/lib/api/types'

/** What history keeps. */
export const load_history = (signal: AbortSignal): Promise<History> => ask('GET', 'history', undefined, signal)
/** Has history forget a container's lines; there is no way back. */
export const forget = (container: string): Promise<void> => ask('DELETE', `containers/${encodeURIComponent(container)}/history`)
