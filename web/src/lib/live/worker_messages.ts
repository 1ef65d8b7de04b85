import type { Container, ContainerEvent, Host, ToldNow } from '@/lib/api/types'
import type { Firing } from '@/features/alerts/firing_book'
import type { ViewCommand, ViewUpdate } from '@/features/logs/engine/view_messages'
import type { ConnectionStatus } from './live_client'

export type ToWorker =
  | { type: 'connect'; base: string }
  | { type: 'retry' }
  /** Which samples are wanted under a key; `containers` null for all running ones. */
  | { type: 'watch_stats'; key: string; containers: string[] | null; history: number }
  | { type: 'unwatch_stats'; key: string }
  | { type: 'view'; view: number; command: ViewCommand }

export type FromWorker =
  | { type: 'status'; status: ConnectionStatus }
  /** What changed; or, with `snapshot`, everything, in the order of names and in parts: `more` says that another one follows. */
  | { type: 'fleet'; snapshot: boolean; more: boolean; hosts: Host[]; containers: Container[]; gone: string[]; hosts_gone: string[] }
  | { type: 'event'; event: ContainerEvent }
  /** What fires, each time that an alert has changed; null: this server has no alerts. `missed` have begun while the connection was lost. */
  | { type: 'firing'; firing: Firing | null; missed: number[] }
  | { type: 'notification'; notification: ToldNow }
  /** One row of packed samples for each of `containers`; or, of one container, its history. */
  | { type: 'stats'; containers: string[]; packed: Float64Array<ArrayBuffer> }
  | { type: 'stats_history'; container: string; packed: Float64Array<ArrayBuffer> }
  | { type: 'view'; view: number; update: ViewUpdate }
