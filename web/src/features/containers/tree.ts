import type { Container, Host } from '@/lib/api/types'
import { compare_names, matches_words } from '@/lib/format/order'
import { is_removed, is_running, trouble_of } from './fleet'

export interface TreeNode {
  key: string
  kind: 'host' | 'project' | 'service' | 'stopped' | 'removed' | 'container'
  name: string
  children: TreeNode[]
  /** Of a leaf, or of a service with one container. */
  container: Container | null
  host: Host | null
  /** The address that opens the node's logs together; null: its container's. */
  address: string | null
  running: number
  total: number
  troubled: number
  open_by_default: boolean
}

export interface TreeRow {
  node: TreeNode
  depth: number
  open: boolean
  expandable: boolean
  /** For assistive technology: the place among its siblings. */
  position: number
  siblings: number
  parent: string | null
}

const leaf = (container: Container, name = container.name): TreeNode => ({
  key: `c:${container.id}`,
  kind: 'container',
  name,
  children: [],
  container,
  host: null,
  address: null,
  running: is_running(container) ? 1 : 0,
  total: 1,
  troubled: trouble_of(container) ? 1 : 0,
  open_by_default: false,
})

function branch(kind: TreeNode['kind'], key: string, name: string, children: TreeNode[], address: string | null, open = true): TreeNode {
  const sum = (of: (node: TreeNode) => number) => children.reduce((total, child) => total + of(child), 0)
  return {
    key,
    kind,
    name,
    children,
    container: null,
    host: null,
    address,
    running: sum((child) => child.running),
    total: sum((child) => child.total),
    troubled: sum((child) => child.troubled),
    open_by_default: open,
  }
}

/**
 * Running before stopped, then by name with numbers in their order. Containers come sorted by name, and sorting what is sorted already
 * compares each with its neighbour only: hence one thing after the other.
 */
function in_order(nodes: TreeNode[]): TreeNode[] {
  nodes.sort((a, b) => compare_names(a.name, b.name))
  return nodes.sort((a, b) => Number(b.running > 0) - Number(a.running > 0))
}

function gather<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}

function service_nodes(project: string, members: Container[]): TreeNode[] {
  const services = new Map<string, Container[]>()
  const nodes: TreeNode[] = []
  for (const container of members) {
    if (!container.service) nodes.push(leaf(container))
    else gather(services, container.service, container)
  }
  for (const [service, replicas] of services) {
    if (replicas.length === 1) nodes.push(leaf(replicas[0]!, service))
    else {
      const leaves = in_order(replicas.map((replica) => leaf(replica)))
      nodes.push(branch('service', `s:${replicas[0]!.host}/${project}/${service}`, service, leaves, `service:${project}/${service}`, false))
    }
  }
  return in_order(nodes)
}

/** Host → project → service → container. Stopped containers outside of projects gather in a folder of their own, and so do, last, those that are gone. */
export function build_tree(hosts: Iterable<Host>, containers: Iterable<Container>): TreeNode[] {
  const by_host = new Map<string, Container[]>()
  for (const container of containers) gather(by_host, container.host, container)
  const roots = [...hosts].map((host) => {
    const projects = new Map<string, Container[]>()
    const alone: TreeNode[] = []
    const stopped: TreeNode[] = []
    const removed: TreeNode[] = []
    for (const container of by_host.get(host.id) ?? []) {
      const project = container.project ?? container.group
      if (is_removed(container)) removed.push(leaf(container))
      else if (project) gather(projects, project, container)
      else (is_running(container) ? alone : stopped).push(leaf(container))
    }
    const nodes = [...projects].map(([project, members]) =>
      branch('project', `p:${host.id}/${project}`, project, service_nodes(project, members), members[0]!.project ? `project:${project}` : null, members.some(is_running)),
    )
    in_order(nodes)
    for (const node of in_order(alone)) nodes.push(node)
    if (stopped.length) nodes.push(branch('stopped', `x:${host.id}`, '', in_order(stopped), null, false))
    // A host has those that are there: what is gone is counted in its folder only.
    const { length: there } = nodes
    if (removed.length) nodes.push(branch('removed', `r:${host.id}`, '', in_order(removed), null, false))
    const root = branch('host', `h:${host.id}`, host.name, nodes, `host:${host.name}`)
    root.host = host
    root.total = nodes.slice(0, there).reduce((total, node) => total + node.total, 0)
    return root
  })
  return roots.sort((a, b) => compare_names(a.name, b.name))
}

const text_of = (node: TreeNode) =>
  [node.name, node.container?.name, node.container?.image, node.container?.service].filter(Boolean).join(' ')

/** Keeps what matches all words of `query`, by its own text or with that of the nodes above it, and the way to it. */
export function filter_tree(nodes: TreeNode[], query: string, above = ''): TreeNode[] {
  if (!query.trim()) return nodes
  const kept: TreeNode[] = []
  for (const node of nodes) {
    const text = `${above} ${text_of(node)}`
    const children = filter_tree(node.children, query, text)
    if (children.length) kept.push({ ...node, children })
    else if (node.children.length === 0 && matches_words(text, query)) kept.push(node)
  }
  return kept
}

/** The rows that are seen: `toggled` holds the keys of nodes that are not as they are by default; a filtered tree is all open. */
export function flatten_tree(nodes: TreeNode[], toggled: ReadonlySet<string>, all_open: boolean): TreeRow[] {
  const rows: TreeRow[] = []
  const walk = (list: TreeNode[], depth: number, parent: string | null) => {
    list.forEach((node, i) => {
      const expandable = node.children.length > 0
      const open = expandable && (all_open || node.open_by_default !== toggled.has(node.key))
      rows.push({ node, depth, open, expandable, position: i + 1, siblings: list.length, parent })
      if (open) walk(node.children, depth + 1, node.key)
    })
  }
  walk(nodes, 0, null)
  return rows
}
