import { computed, shallowRef, triggerRef } from 'vue'
import type { Container, Host } from '@/lib/api/types'
import { on_live } from '@/lib/live/bridge'

// Changes are shown together once in this time: a stack that starts is one picture and not twenty. What hangs on it is worked out from all
// containers, so that ten thousand of them are given half a second.
const GATHER_MS = 40
const GATHER_SIZE = 20

/** Every host and container that the server told us of, by id. Kept while the connection is lost. */
export const hosts = shallowRef(new Map<string, Host>())
export const containers = shallowRef(new Map<string, Container>())
/** The first list has come. */
export const fleet_ready = shallowRef(false)

export const is_running = (container: Container) => container.state === 'running' || container.state === 'paused' || container.state === 'restarting'
/** It is gone; history keeps its log. */
export const is_removed = (container: Container) => container.state === 'removed'
export const running_count = computed(() => [...containers.value.values()].filter(is_running).length)
export const is_demo = computed(() => [...hosts.value.values()].some((host) => host.kind === 'demo'))

export function start_fleet(): void {
  setInterval(() => {
    if (document.visibilityState === 'visible') minute.value = Date.now()
  }, MINUTE_MS)
  let gathered = new Map<string, Container>()
  let due = false
  const changed = () => {
    due = false
    triggerRef(hosts)
    triggerRef(containers)
  }
  on_live('fleet', (message) => {
    if (message.snapshot) {
      for (const container of message.containers) gathered.set(container.id, container)
      if (message.more) return
      hosts.value = new Map(message.hosts.map((host) => [host.id, host]))
      containers.value = gathered
      gathered = new Map()
      fleet_ready.value = true
      return
    }
    for (const id of message.hosts_gone) hosts.value.delete(id)
    for (const host of message.hosts) hosts.value.set(host.id, host)
    for (const container of message.containers) containers.value.set(container.id, container)
    for (const id of message.gone) containers.value.delete(id)
    if (due) return
    due = true
    setTimeout(changed, Math.max(GATHER_MS, containers.value.size / GATHER_SIZE))
  })
}

// A container that its engine had to start again is in trouble until it has run for so long; after so many times it is a loop.
const WELL_AFTER_MS = 10 * 60_000
const LOOP = 3
// What depends on the time alone is looked at anew this often.
const MINUTE_MS = 30_000
const minute = shallowRef(Date.now())

/** How a container fares that its engine starts again and again: `restarted`, `looping`, or null once it has been well for a while. */
export function restarts_of(container: Container): 'restarted' | 'looping' | null {
  if (!container.restarts || !is_running(container)) return null
  const well = container.state !== 'restarting' && (container.started === null || Math.max(minute.value, Date.now()) - Date.parse(container.started) > WELL_AFTER_MS)
  return well ? null : container.restarts >= LOOP ? 'looping' : 'restarted'
}

/** What needs a person: unhealthy, dead, killed for memory, started again and again, restarting, or ended with an error. */
export function trouble_of(container: Container): string | null {
  if (is_removed(container)) return null
  if (container.health === 'unhealthy') return 'unhealthy'
  const again = restarts_of(container)
  if (again) return again
  if (container.state === 'restarting') return 'restarting'
  if (container.state === 'dead') return 'dead'
  if (container.oom_killed && !is_running(container)) return 'oom'
  if (container.state === 'exited' && container.exit_code !== null && ![0, 130, 143].includes(container.exit_code)) return 'failed'
  return null
}
