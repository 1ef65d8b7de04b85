import type { Container } from '@/lib/api/types'

export interface StateLook {
  shape: 'dot' | 'ring' | 'dashed' | 'half' | 'bars' | 'cross' | 'triangle'
  tone: 'good' | 'warn' | 'error' | 'muted'
  /** Keys of the texts that say it, with their values. */
  texts: [string, Record<string, unknown>?][]
}

/** How a container's state and health are shown: never by colour alone. */
export function look_of(container: Container): StateLook {
  const { state, health, exit_code, oom_killed } = container
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
