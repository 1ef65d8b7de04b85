import { describe, expect, it, vi } from 'vitest'
import type { Alert, Container, ContainerEvent } from '@/lib/api/types'

vi.mock('@/lib/live/bridge', () => ({ on_live: () => undefined }))
const { marks_of } = await import('./marks')

const container = (id: string, more: Partial<Container> = {}): Container => ({ id, host: 'h', name: id, state: 'running', started: null, finished: null, exit_code: null, ...more }) as Container
const event = (id: string, time: string, action: string, attributes: Record<string, string> = {}): ContainerEvent => ({ container: id, host: 'h', time, action, attributes })

describe('what is marked over time', () => {
  it('is what was told and what the containers say of themselves, each once and in order', () => {
    const api = container('api', { started: '2026-11-21T09:00:10.000Z', state: 'exited', finished: '2026-11-21T09:05:00.000Z', exit_code: 137 })
    const events = [event('api', '2026-11-21T09:05:00.400Z', 'die', { exitCode: '137' }), event('api', '2026-11-21T09:01:00Z', 'oom'), event('other', '2026-11-21T09:02:00Z', 'die')]
    expect(marks_of([api], events, []).map(({ action, detail, bad }) => [action, detail, bad])).toEqual([
      ['start', '', false],
      ['oom', '', true],
      ['die', '137', true],
    ])
  })
  it('says of which image a container was made, and how its health is', () => {
    const events = [event('api', '2026-11-21T09:00:00Z', 'create', { image: 'shop/api:2' }), event('api', '2026-11-21T09:01:00Z', 'health_status', { health: 'unhealthy' })]
    expect(marks_of([container('api')], events, []).map(({ action, detail, bad }) => [action, detail, bad])).toEqual([
      ['create', 'shop/api:2', false],
      ['health_status', 'unhealthy', true],
    ])
  })
  it('has alerts of these containers only', () => {
    const alert = (of: string) => ({ container: of, started: '2026-11-21T09:00:00Z', notification: { rule: { name: 'slow' } } }) as unknown as Alert
    expect(marks_of([container('api')], [], [alert('h/api'), alert('h/web'), alert('')])).toMatchObject([{ action: 'alert', detail: 'slow', container: 'api', bad: true }])
  })
  it('does not call a clean end bad', () => {
    const done = container('job', { state: 'exited', finished: '2026-11-21T09:05:00.000Z', exit_code: 0 })
    expect(marks_of([done], [], [])).toMatchObject([{ action: 'die', detail: '0', bad: false }])
  })
})
