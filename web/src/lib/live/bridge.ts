import { shallowRef } from 'vue'
import type { ViewCommand, ViewUpdate } from '@/features/logs/engine/view_messages'
import type { ConnectionStatus } from './live_client'
import type { FromWorker, ToWorker } from './worker_messages'

type Listener<T extends FromWorker['type']> = (message: Extract<FromWorker, { type: T }>) => void

let worker: Worker | null = null
const listeners = new Map<FromWorker['type'], Set<(message: FromWorker) => void>>()
const views = new Map<number, (update: ViewUpdate) => void>()
let next_view = 1

/** How we stand with the server. */
export const connection = shallowRef<ConnectionStatus>({ state: 'connecting', since: Date.now(), retry_at: null, version: null })

/** Starts the worker and its connection; once, before the page is mounted. */
export function start_live(): void {
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'live' })
  worker.onmessage = (event: MessageEvent<FromWorker>) => {
    const message = event.data
    if (message.type === 'view') views.get(message.view)?.(message.update)
    else listeners.get(message.type)?.forEach((listener) => listener(message))
  }
  on_live('status', ({ status }) => {
    connection.value = status
  })
  to_worker({ type: 'connect', base: document.baseURI })
  addEventListener('online', () => to_worker({ type: 'retry' }))
}

export function to_worker(message: ToWorker): void {
  worker?.postMessage(message)
}

/** Calls `listener` for each message of a kind. */
export function on_live<T extends Exclude<FromWorker['type'], 'view'>>(type: T, listener: Listener<T>): void {
  const set = listeners.get(type) ?? new Set()
  listeners.set(type, set)
  set.add(listener as (message: FromWorker) => void)
}

export interface ViewPort {
  send(command: ViewCommand): void
  close(): void
}

/** Opens a log view in the worker; its updates go to `on_update` until it is closed. */
export function open_view(on_update: (update: ViewUpdate) => void): ViewPort {
  const view = next_view++
  views.set(view, on_update)
  return {
    send: (command) => to_worker({ type: 'view', view, command }),
    close: () => {
      views.delete(view)
      to_worker({ type: 'view', view, command: { do: 'close' } })
    },
  }
}
