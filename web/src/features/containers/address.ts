import type { Container, Host } from '@/lib/api/types'
import { compare_names } from '@/lib/format/order'

// What a log URL names. Names outlive re-creation, ids do not, so a link says names:
//   NAME, NAME@HOST, ID or an ID's beginning, project:NAME, service:PROJECT/NAME, host:NAME, view:ID (a saved view)

// An id's beginning is taken for one from this length on, as engines print it.
const SHORTEST_PREFIX = 12
// A host's or project's view merges at most that many logs (the server's limit for one read).
const MOST = 1000

export interface Fleet {
  containers: ReadonlyMap<string, Container>
  hosts: ReadonlyMap<string, Host>
  /** The ids of the containers that a saved view means, by its id. */
  members?: ReadonlyMap<string, readonly string[]>
}

/** Running ones first, then the newest: what a name means when several bear it. */
function preferred(a: Container, b: Container): number {
  const rank = (c: Container) => (c.state === 'removed' ? 2 : c.state === 'running' || c.state === 'paused' || c.state === 'restarting' ? 0 : 1)
  return rank(a) - rank(b) || (b.created ?? '').localeCompare(a.created ?? '')
}

export function resolve_token(token: string, fleet: Fleet): Container[] {
  const all = [...fleet.containers.values()]
  const saved = /^view:(.+)$/.exec(token)
  if (saved) return (fleet.members?.get(saved[1]!) ?? []).flatMap((id) => fleet.containers.get(id) ?? []).sort((a, b) => compare_names(a.name, b.name)).slice(0, MOST)
  const group = /^(project|service|host):(.+)$/.exec(token)
  if (group) {
    const [, kind, name] = group
    return all
      .filter((c) => {
        if (kind === 'project') return c.project === name && c.state !== 'removed'
        if (kind === 'service') return `${c.project ?? ''}/${c.service ?? ''}` === name && c.state !== 'removed'
        return fleet.hosts.get(c.host)?.name === name && (c.state === 'running' || c.state === 'paused')
      })
      .sort((a, b) => compare_names(a.name, b.name))
      .slice(0, MOST)
  }
  const exact = fleet.containers.get(token)
  if (exact) return [exact]
  const named = all.filter((c) => c.name === token)
  const at = token.lastIndexOf('@')
  if (named.length === 0 && at > 0)
    named.push(...all.filter((c) => c.name === token.slice(0, at) && fleet.hosts.get(c.host)?.name === token.slice(at + 1)))
  if (named.length === 0 && token.length >= SHORTEST_PREFIX) named.push(...all.filter((c) => c.id.startsWith(token)))
  return named.sort(preferred).slice(0, 1)
}

/** The containers of a whole address, each once, and the tokens that mean none. */
export function resolve_address(address: string, fleet: Fleet): { containers: Container[]; unknown: string[] } {
  const found = new Map<string, Container>()
  const unknown: string[] = []
  for (const token of split_address(address)) {
    const meant = resolve_token(token, fleet)
    if (meant.length === 0) unknown.push(token)
    for (const container of meant) found.set(container.id, container)
  }
  return { containers: [...found.values()], unknown }
}

export function split_address(address: string): string[] {
  return address
    .split(',')
    .map((token) => token.trim())
    .filter(Boolean)
}

/** The ids of the saved views in an address. */
export const views_in = (address: string): string[] => split_address(address).flatMap((token) => /^view:(.+)$/.exec(token)?.[1] ?? [])

/** The shortest token that means this container and will mean its successor. */
export function token_of(container: Container, fleet: Fleet): string {
  if (/[,:@]/.test(container.name)) return container.id
  if (resolve_token(container.name, fleet)[0]?.id === container.id) {
    const same = [...fleet.containers.values()].filter((c) => c.name === container.name && c.host !== container.host)
    if (same.length === 0) return container.name
  }
  const host = fleet.hosts.get(container.host)?.name ?? ''
  const qualified = `${container.name}@${host}`
  return !/[,]/.test(host) && resolve_token(qualified, fleet)[0]?.id === container.id ? qualified : container.id
}
