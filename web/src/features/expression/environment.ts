// The variables that expressions see, as src/expr/*_variables.cpp declares them (environment.test.ts holds the two together): as much of
// them as it takes to tell words from expressions while somebody types. What each is for, the server says (vocabulary.ts).

export type EnvironmentName = 'log' | 'container' | 'metric' | 'event'
export type ValueType = 'any' | 'string' | 'level' | 'integer' | 'floating' | 'boolean' | 'time' | 'string_map' | 'array'

export interface Variable {
  /** `container.name` is `name` in the group `container`. */
  name: string
  type: ValueType
  /** What it may be, where that is known. */
  values?: readonly string[]
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unknown']

const container: readonly Variable[] = [
  { name: 'id', type: 'string' },
  { name: 'name', type: 'string' },
  { name: 'image', type: 'string' },
  { name: 'state', type: 'string', values: ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead', 'removed'] },
  { name: 'health', type: 'string', values: ['healthy', 'unhealthy', 'starting', ''] },
  { name: 'host', type: 'string' },
  { name: 'hostName', type: 'string' },
  { name: 'hostId', type: 'string' },
  { name: 'service', type: 'string' },
  { name: 'project', type: 'string' },
  { name: 'group', type: 'string' },
  { name: 'labels', type: 'string_map' },
  { name: 'restarts', type: 'integer' },
  { name: 'exitCode', type: 'any' },
  { name: 'created', type: 'any' },
  { name: 'started', type: 'any' },
  { name: 'finished', type: 'any' },
  { name: 'running', type: 'boolean' },
]
const in_group = container.map((variable) => ({ ...variable, name: `container.${variable.name}` }))

export const ENVIRONMENTS: Readonly<Record<EnvironmentName, readonly Variable[]>> = {
  container,
  log: [
    { name: 'message', type: 'any' },
    { name: 'text', type: 'string' },
    { name: 'level', type: 'level', values: LEVELS },
    { name: 'stream', type: 'string', values: ['stdout', 'stderr'] },
    { name: 'type', type: 'string', values: ['single', 'group', 'complex'] },
    { name: 'kind', type: 'string', values: ['text', 'json', 'logfmt'] },
    { name: 'timestamp', type: 'integer' },
    { name: 'time', type: 'time' },
    { name: 'id', type: 'integer' },
    { name: 'fields', type: 'any' },
    ...in_group,
  ],
  metric: [
    { name: 'cpu', type: 'floating' },
    { name: 'memory', type: 'floating' },
    { name: 'memoryUsage', type: 'floating' },
    { name: 'mounts', type: 'array' },
    { name: 'cpuCores', type: 'floating' },
    { name: 'cpuThrottled', type: 'floating' },
    { name: 'memoryLimit', type: 'floating' },
    { name: 'swap', type: 'floating' },
    { name: 'pids', type: 'floating' },
    { name: 'netRx', type: 'floating' },
    { name: 'netTx', type: 'floating' },
    { name: 'blockRead', type: 'floating' },
    { name: 'blockWrite', type: 'floating' },
    { name: 'oomKills', type: 'floating' },
    { name: 'cpuPressure', type: 'floating' },
    { name: 'memoryPressure', type: 'floating' },
    { name: 'ioPressure', type: 'floating' },
    { name: 'restartsPerHour', type: 'floating' },
    ...in_group,
  ],
  event: [
    { name: 'name', type: 'string', values: ['start', 'stop', 'die', 'restart', 'health_status', 'oom', 'kill'] },
    { name: 'actorId', type: 'string' },
    { name: 'attributes', type: 'string_map' },
    { name: 'timestamp', type: 'time' },
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
