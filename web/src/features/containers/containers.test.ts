import { describe, expect, it } from 'vitest'
import type { Container, Host } from '@/lib/api/types'
import { pack_samples } from '@/lib/live/stat_columns'
import { resolve_address, resolve_token, token_of, type Fleet } from './address'
import { trouble_of } from './fleet'
import { look_of } from './state'
import { StatSeries } from './stats'
import { build_tree, filter_tree, flatten_tree, type TreeNode } from './tree'

const host = (id: string, name = id): Host => ({
  id,
  name,
  kind: 'docker',
  state: 'connected',
  detail: null,
  engine: '20.10.24',
  api_version: '1.41',
  os: null,
  arch: null,
  cpus: 2,
  memory: null,
})
const container = (name: string, more: Partial<Container> = {}): Container => ({
  id: `${name}-0123456789abcdef`,
  name,
  host: 'h1',
  image: 'busybox',
  command: '',
  state: 'running',
  health: 'none',
  exit_code: null,
  oom_killed: false,
  restarts: null,
  created: '2026-01-01T00:00:00Z',
  started: null,
  finished: null,
  labels: {},
  service: null,
  project: null,
  group: null,
  ports: [],
  tty: null,
  log_driver: null,
  cpu_limit: null,
  memory_limit: null,
  ...more,
})
const fleet = (containers: Container[], hosts = [host('h1', 'prod-1'), host('h2', 'nas')]): Fleet => ({
  containers: new Map(containers.map((c) => [c.id, c])),
  hosts: new Map(hosts.map((h) => [h.id, h])),
})
const outline = (nodes: TreeNode[], depth = 0): string[] =>
  nodes.flatMap((node) => ['  '.repeat(depth) + (node.name || node.kind), ...outline(node.children, depth + 1)])

const shop = [
  container('shop-api-10', { project: 'shop', service: 'api' }),
  container('shop-api-2', { project: 'shop', service: 'api' }),
  container('shop-cron-1', { project: 'shop', service: 'cron', state: 'exited', exit_code: 1 }),
  container('shop-web-1', { project: 'shop', service: 'web' }),
]

describe('the tree', () => {
  it('goes from host over project and service to containers, numbers in their order, running first', () => {
    const lone = [container('traefik'), container('old-10', { state: 'exited' }), container('old-9', { state: 'created' })]
    expect(outline(build_tree([host('h1', 'prod-1'), host('h2', 'nas')], [...shop, ...lone]))).toEqual([
      'nas',
      'prod-1',
      '  shop',
      '    api',
      '      shop-api-2',
      '      shop-api-10',
      '    web',
      '    cron',
      '  traefik',
      '  stopped',
      '    old-9',
      '    old-10',
    ])
  })

  it('counts what runs and what is in trouble', () => {
    const [root] = build_tree([host('h1')], shop)
    expect(root).toMatchObject({ running: 3, total: 4, troubled: 1 })
  })

  it('has those that are gone in a folder at the end, which counts for nothing else', () => {
    const gone = [container('shop-api-1', { project: 'shop', service: 'api', state: 'removed', exit_code: 1, health: 'unhealthy', oom_killed: true }), container('job', { state: 'removed' })]
    const tree = build_tree([host('h1')], [...shop, container('old', { state: 'exited' }), ...gone])
    expect(outline(tree).slice(-5)).toEqual(['  stopped', '    old', '  removed', '    job', '    shop-api-1'])
    expect(tree[0]).toMatchObject({ running: 3, total: 5, troubled: 1 })
    expect(tree[0]!.children.at(-1)).toMatchObject({ total: 2, running: 0, troubled: 0, open_by_default: false })
    expect(trouble_of(gone[0]!)).toBeNull()
  })

  it('keeps the way to what matches every word', () => {
    const tree = build_tree([host('h1', 'prod-1')], shop)
    expect(outline(filter_tree(tree, 'API 10'))).toEqual(['prod-1', '  shop', '    api', '      shop-api-10'])
    expect(outline(filter_tree(tree, 'shop cron'))).toEqual(['prod-1', '  shop', '    cron'])
    expect(filter_tree(tree, 'nothing')).toEqual([])
  })

  it('shows the rows of open nodes with their places', () => {
    const tree = build_tree([host('h1')], shop)
    const rows = flatten_tree(tree, new Set(), false)
    expect(rows.map((row) => [row.node.name, row.depth, row.position, row.siblings])).toEqual([
      ['h1', 0, 1, 1],
      ['shop', 1, 1, 1],
      ['api', 2, 1, 3],
      ['web', 2, 2, 3],
      ['cron', 2, 3, 3],
    ])
    expect(flatten_tree(tree, new Set(['h:h1']), false)).toHaveLength(1)
    expect(flatten_tree(tree, new Set(), true)).toHaveLength(7)
  })
})

describe('an address', () => {
  it('names a container by its name, and after a re-creation the new one', () => {
    const old = container('db', { id: 'old', state: 'exited' })
    const now = container('db', { id: 'new', created: '2026-02-01T00:00:00Z' })
    expect(resolve_token('db', fleet([old, now])).map((c) => c.id)).toEqual(['new'])
    expect(token_of(now, fleet([old, now]))).toBe('db')
    expect(token_of(old, fleet([old, now]))).toBe('old')
  })
  it('adds the host where two hosts have the name', () => {
    const [a, b] = [container('db', { id: 'a' }), container('db', { id: 'b', host: 'h2' })]
    const both = fleet([a, b])
    expect([token_of(a, both), token_of(b, both)]).toEqual(['db@prod-1', 'db@nas'])
    expect(resolve_token('db@nas', both)).toEqual([b])
  })
  it('may be an id or its beginning', () => {
    const one = fleet(shop)
    expect(resolve_token(shop[0]!.id, one)).toEqual([shop[0]])
    expect(resolve_token(shop[0]!.id.slice(0, 15), one)).toEqual([shop[0]])
    expect(resolve_token('shop', one)).toEqual([])
  })
  it('may be a project, a service or what runs on a host, each container once', () => {
    const all = fleet(shop)
    expect(resolve_token('service:shop/api', all).map((c) => c.name)).toEqual(['shop-api-2', 'shop-api-10'])
    expect(resolve_token('host:prod-1', all).map((c) => c.name)).toEqual(['shop-api-2', 'shop-api-10', 'shop-web-1'])
    expect(resolve_address('shop-web-1,project:shop, nope', all)).toMatchObject({
      containers: [{ name: 'shop-web-1' }, { name: 'shop-api-2' }, { name: 'shop-api-10' }, { name: 'shop-cron-1' }],
      unknown: ['nope'],
    })
  })
})

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()
describe('trouble', () => {
  it('looks the same in all moments of a loop', () => {
    const look = (more: Partial<Container>) => look_of(container('c', { restarts: 12, started: ago(1), ...more }))
    const [up, down] = [look({}), look({ state: 'restarting', exit_code: 137, oom_killed: true })]
    expect([up.shape, up.tone]).toEqual([down.shape, down.tone])
    expect(up.texts.at(-1)).toEqual(['state.looping', { n: '12' }])
    expect(down.texts.map(([key]) => key)).toEqual(['state.restarting', 'state.exited_code', 'state.oom', 'state.looping'])
  })
  it.each([
    [{ state: 'exited', exit_code: 0 }, null],
    [{ state: 'exited', exit_code: 143 }, null],
    [{ state: 'exited', exit_code: null }, null],
    [{ state: 'exited', exit_code: 2 }, 'failed'],
    [{ state: 'exited', exit_code: 137, oom_killed: true }, 'oom'],
    [{ state: 'running', health: 'unhealthy' }, 'unhealthy'],
    [{ state: 'restarting' }, 'restarting'],
    [{ state: 'running', health: 'starting' }, null],
    [{ state: 'running', restarts: 1, started: ago(60) }, 'restarted'],
    [{ state: 'running', restarts: 3468, started: ago(1) }, 'looping'],
    [{ state: 'restarting', restarts: 3468, started: ago(3600), exit_code: 137 }, 'looping'],
    [{ state: 'running', restarts: 3468, started: ago(3600) }, null],
    [{ state: 'running', restarts: 0, started: ago(1) }, null],
    [{ state: 'exited', restarts: 3, exit_code: 0 }, null],
  ] as [Partial<Container>, string | null][])('of %j is %s', (more, expected) => expect(trouble_of(container('c', more))).toBe(expected))
})

describe('a series of samples', () => {
  const sample = (second: number, cpu: number | null) => ({
    time: new Date(second * 1000).toISOString(),
    cpu,
    cpu_throttled: null,
    memory: 5,
    memory_limit: null,
    swap: null,
    pids: null,
    net_rx: null,
    net_tx: null,
    block_read: null,
    block_write: null,
    oom_kills: null,
    cpu_pressure: null,
    memory_pressure: null,
    io_pressure: null,
  })
  it('keeps the newest 300 and takes none twice', () => {
    const series = new StatSeries()
    for (let s = 1; s <= 310; s += 1) series.push(pack_samples([sample(s, s)]), 0)
    series.push(pack_samples([sample(310, 1)]), 0)
    expect(series.length).toBe(300)
    expect([series.times[0], series.times[299], series.last('cpu')]).toEqual([11, 310, 310])
  })
  it('keeps each metric apart while it grows and moves', () => {
    const series = new StatSeries(60)
    for (let s = 1; s <= 1000; s += 1) {
      series.push(pack_samples([{ ...sample(s, s), memory: -s, net_rx: s * 2 }]), 0)
      const oldest = Math.max(1, s - 59)
      expect([series.times[0], series.column('cpu')[0], series.column('memory')[0], series.last('net_rx')]).toEqual([oldest, oldest, -oldest, s * 2])
    }
    expect(series.column('net_rx')).toEqual(Float32Array.from({ length: 60 }, (_, i) => (941 + i) * 2))
    // Asked for with more of the past, such as by its own log view, it keeps more.
    series.load(pack_samples(Array.from({ length: 120 }, (_, i) => sample(1000 + i, i))))
    expect(series.length).toBe(120)
  })
  it('does not make a figure of a missing one', () => {
    const series = new StatSeries()
    expect(series.last('cpu')).toBeNaN()
    series.push(pack_samples([sample(1, null)]), 0)
    expect([series.last('cpu'), series.last('memory')]).toEqual([NaN, 5])
  })
  it('is replaced by a longer history only', () => {
    const series = new StatSeries()
    series.push(pack_samples([sample(5, 5)]), 0)
    series.load(pack_samples([1, 2, 3, 4, 5].map((s) => sample(s, s))))
    expect([...series.column('cpu')]).toEqual([1, 2, 3, 4, 5])
    series.load(pack_samples([sample(1, 1)]))
    expect(series.length).toBe(5)
  })
})
