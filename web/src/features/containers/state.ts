import type { Container } from '@/lib/api/types'
import { format_count } from '@/lib/format/numbers'
import { restarts_of } from './fleet'

export interface StateLook {
  shape: 'dot' | 'ring' | 'dashed' | 'half' | 'bars' | 'cross' | 'triangle'
  tone: 'good' | 'warn' | 'error' | 'muted'
  /** Keys of the texts that say it, with their values. */
  texts: [string, Record<string, unknown>?][]
}

const why_of = ({ exit_code, oom_killed }: Container): StateLook['texts'] => [
  ...(exit_code === null ? [] : ([['state.exited_code', { code: exit_code }]] as StateLook['texts'])),
  ...(oom_killed ? ([['state.oom']] as StateLook['texts']) : []),
]

/** How a container's state and health are shown: never by colour alone. */
export function look_of(container: Container): StateLook {
  const { state, health, exit_code, oom_killed } = container
  const again = restarts_of(container)
  // One mark for all of its moments: what restarts, runs for a second and ends again must not flicker.
  if (again) return { shape: 'triangle', tone: again === 'looping' ? 'error' : 'warn', texts: [[`state.${state}`], ...why_of(container), [`state.${again}`, { n: format_count(container.restarts ?? 0) }]] }
  const code: [string, Record<string, unknown>?] = exit_code === null ? ['state.exited'] : ['state.exited_code', { code: exit_code }]
  switch (state) {
    case 'running':
      if (health === 'unhealthy') return { shape: 'triangle', tone: 'error', texts: [['state.running'], ['state.unhealthy']] }
      if (health === 'starting') return { shape: 'half', tone: 'warn', texts: [['state.running'], ['state.starting']] }
      return { shape: 'dot', tone: 'good', texts: health === 'healthy' ? [['state.running'], ['state.healthy']] : [['state.running']] }
    case 'paused':
      return { shape: 'bars', tone: 'warn', texts: [['state.paused']] }
    case 'restarting':
      return { shape: 'half', tone: 'warn', texts: exit_code === null ? [['state.restarting']] : [['state.restarting'], code] }
    case 'created':
      return { shape: 'dashed', tone: 'muted', texts: [['state.created']] }
    case 'dead':
      return { shape: 'cross', tone: 'error', texts: [['state.dead']] }
    case 'removed':
      return { shape: 'dashed', tone: 'muted', texts: [['state.removed']] }
    case 'exited': {
      const bad = oom_killed || (exit_code !== null && ![0, 130, 143].includes(exit_code))
      return { shape: bad ? 'cross' : 'ring', tone: bad ? 'error' : 'muted', texts: oom_killed ? [code, ['state.oom']] : [code] }
    }
  }
}
