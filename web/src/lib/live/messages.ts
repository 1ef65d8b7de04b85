// What travels over the live WebSocket: docs/live-protocol.md in types.
import type { AlertStanding, ApiGap, ApiRecord, Container, ContainerEvent, Host, Problem, StatSample, ToldNow } from '@/lib/api/types'

export type Subscribe =
  | { what: 'containers' }
  | { what: 'notifications' }
  | { what: 'stats'; containers?: string[]; history?: number }
  | {
      what: 'logs'
      containers: string[]
      tail?: number
      cursor?: string
      since?: string
      levels?: string[]
      streams?: string[]
      filter?: string
      credit: number
    }

export type LogEntry = ApiRecord | { gap: ApiGap }
export type ReaderState = 'following' | 'waiting' | 'ended' | 'unreadable'

export type ServerMessage =
  | { type: 'hello'; version: string; server_time: string }
  | { type: 'pong' }
  | { type: 'containers'; sub: number; snapshot?: boolean; hosts?: Host[]; containers?: Container[]; gone?: string[]; hosts_gone?: string[]; more?: boolean }
  | { type: 'event'; sub: number; event: ContainerEvent }
  | { type: 'stats'; sub: number; history: true; container: string; host?: string; samples: StatSample[] }
  | { type: 'stats'; sub: number; history?: false; samples: (StatSample & { container: string; host?: string })[] }
  | { type: 'logs'; sub: number; entries: LogEntry[]; live?: boolean }
  | { type: 'alerts'; sub: number; snapshot?: boolean; alerts: AlertStanding[]; over?: number[]; more?: boolean }
  | { type: 'notification'; sub: number; notification: ToldNow }
  | { type: 'state'; sub: number; container: string; state: ReaderState; reason?: string }
  | { type: 'error'; sub?: number; error: Problem }
  | { type: 'closed'; sub: number }

/** The messages that belong to one subscription. */
export type SubscriptionMessage = Exclude<ServerMessage, { type: 'hello' } | { type: 'pong' } | { type: 'closed' }>
