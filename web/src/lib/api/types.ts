// The JSON shapes of docs/live-protocol.md that the HTTP interface and the WebSocket share.

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'unknown'
export type Stream = 'stdout' | 'stderr'

export interface Host {
  id: string
  name: string
  kind: string
  state: 'connected' | 'connecting' | 'unreachable'
  detail: string | null
  engine: string | null
  api_version: string | null
  os: string | null
  arch: string | null
  cpus: number | null
  memory: number | null
}

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'dead' | 'removed'
export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy'

export interface Container {
  id: string
  name: string
  host: string
  image: string
  command: string
  state: ContainerState
  health: Health
  exit_code: number | null
  oom_killed: boolean
  restarts: number | null
  created: string | null
  started: string | null
  finished: string | null
  labels: Record<string, string>
  service: string | null
  project: string | null
  group: string | null
  ports: string[]
  tty: boolean | null
  log_driver: string | null
  cpu_limit: number | null
  memory_limit: number | null
  stats?: StatSample | null
}

/** Sizes in bytes, rates per second, CPU in cores, ratios 0..1; `null` where the platform does not say. */
export interface StatSample {
  time: string
  cpu: number | null
  cpu_throttled: number | null
  memory: number | null
  memory_limit: number | null
  swap: number | null
  pids: number | null
  net_rx: number | null
  net_tx: number | null
  block_read: number | null
  block_write: number | null
  oom_kills: number | null
  cpu_pressure: number | null
  memory_pressure: number | null
  io_pressure: number | null
}

export interface ApiRecord {
  container: string
  time: string
  seq: number
  stream: Stream
  level: Level
  kind: 'text' | 'json' | 'logfmt'
  continues: boolean
  truncated?: boolean
  text: string
}

export interface ApiGap {
  container: string
  after_seq: number | null
  before_seq: number | null
  after_cursor: string | null
  before_cursor: string | null
  lines: number | null
  reason: string
}

export interface ContainerEvent {
  container: string
  host: string
  time: string
  action: string
  attributes: Record<string, string>
}

/** RFC 9457, with the place in the expression where there is one. */
export interface Problem {
  title: string
  status: number
  detail?: string
  line?: number
  column?: number
}
