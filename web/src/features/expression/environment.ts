// The variables that expressions see, as src/expr/*_variables.cpp declares them (environment.test.ts holds the two together).

export type EnvironmentName = 'log' | 'container' | 'metric' | 'event'
export type ValueType = 'any' | 'string' | 'level' | 'integer' | 'floating' | 'boolean' | 'time' | 'string_map' | 'array'

export interface Variable {
  /** `container.name` is `name` in the group `container`. */
  name: string
  type: ValueType
  help: string
  /** What it may be, where that is known. */
  values?: readonly string[]
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unknown']

const container: readonly Variable[] = [
  { name: 'id', type: 'string', help: 'The container\'s id, 12 characters.' },
  { name: 'name', type: 'string', help: 'The container\'s name.' },
  { name: 'image', type: 'string', help: 'The image it runs.' },
  { name: 'state', type: 'string', help: 'created, running, paused, restarting, removing, exited, dead or removed.', values: ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead', 'removed'] },
  { name: 'health', type: 'string', help: 'starting, healthy, unhealthy, or "" without a health check.', values: ['healthy', 'unhealthy', 'starting', ''] },
  { name: 'host', type: 'string', help: 'The name of the host.' },
  { name: 'hostName', type: 'string', help: 'The name of the host.' },
  { name: 'hostId', type: 'string', help: 'The id of the host\'s engine.' },
  { name: 'service', type: 'string', help: 'The Compose or Swarm service, or "".' },
  { name: 'project', type: 'string', help: 'The Compose project or stack, or "".' },
  { name: 'group', type: 'string', help: 'The group given by a label, or "".' },
  { name: 'labels', type: 'string_map', help: 'The container\'s labels; "" for one that is not there.' },
  { name: 'restarts', type: 'integer', help: 'How often the engine restarted it.' },
  { name: 'exitCode', type: 'any', help: 'The exit code of its last run, or nil.' },
  { name: 'created', type: 'any', help: 'When it was created, or nil.' },
  { name: 'started', type: 'any', help: 'When it was started last, or nil.' },
  { name: 'finished', type: 'any', help: 'When it stopped last, or nil.' },
  { name: 'running', type: 'boolean', help: 'Whether its state is running.' },
]
const in_group = container.map((variable) => ({ ...variable, name: `container.${variable.name}` }))

export const ENVIRONMENTS: Readonly<Record<EnvironmentName, readonly Variable[]>> = {
  container,
  log: [
    { name: 'message', type: 'any', help: 'The line\'s text, or, of a JSON or logfmt line, its fields.' },
    { name: 'text', type: 'string', help: 'The line as text, whatever its kind.' },
    { name: 'level', type: 'level', help: 'trace, debug, info, warn, error, fatal or unknown; <, <=, > and >= compare severity.', values: LEVELS },
    { name: 'stream', type: 'string', help: 'stdout or stderr.', values: ['stdout', 'stderr'] },
    { name: 'type', type: 'string', help: 'single, group (several lines that belong together) or complex (JSON, logfmt).', values: ['single', 'group', 'complex'] },
    { name: 'kind', type: 'string', help: 'text, json or logfmt.', values: ['text', 'json', 'logfmt'] },
    { name: 'timestamp', type: 'integer', help: 'When the line was written, in milliseconds since 1970.' },
    { name: 'time', type: 'time', help: 'When the line was written.' },
    { name: 'id', type: 'integer', help: 'The number of the line in its stream.' },
    { name: 'fields', type: 'any', help: 'The fields of a JSON or logfmt line, or nil.' },
    ...in_group,
  ],
  metric: [
    { name: 'cpu', type: 'floating', help: 'CPU use in percent, 0 to 100, of the container\'s limit or else of the host.' },
    { name: 'memory', type: 'floating', help: 'Memory use in percent of the container\'s limit or else of the host.' },
    { name: 'memoryUsage', type: 'floating', help: 'Memory use in bytes.' },
    { name: 'mounts', type: 'array', help: 'Volumes: destination, totalBytes, freeBytes, usedBytes, usedPercent, availableBytes.' },
    ...in_group,
  ],
  event: [
    { name: 'name', type: 'string', help: 'What happened: start, stop, die, restart, health_status, oom, kill, …', values: ['start', 'stop', 'die', 'restart', 'health_status', 'oom', 'kill'] },
    { name: 'actorId', type: 'string', help: 'The container\'s id, 12 characters.' },
    { name: 'attributes', type: 'string_map', help: 'What the engine says about it: exitCode, signal, image, labels; "" for what is not there.' },
    { name: 'timestamp', type: 'time', help: 'When it happened.' },
    ...in_group,
  ],
}

/** The variable that a short name means: one of its own, or one of the container's. */
export function find_variable(environment: EnvironmentName, name: string): Variable | undefined {
  const variables = ENVIRONMENTS[environment]
  return variables.find((variable) => variable.name === name) ?? variables.find((variable) => variable.name === `container.${name}`)
}

/** What the items of `mounts` have. */
export const MOUNT_FIELDS = ['destination', 'totalBytes', 'freeBytes', 'usedBytes', 'usedPercent', 'availableBytes'] as const

/** The methods of times that conditions use; durations have Hours to Nanoseconds. The server knows all of Go's. */
export const TIME_METHODS = ['Hour', 'Minute', 'Second', 'Day', 'Month', 'Year', 'Weekday', 'YearDay', 'Unix', 'UnixMilli', 'Format'] as const
