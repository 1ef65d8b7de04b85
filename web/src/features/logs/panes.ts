import type { LocationQuery, LocationQueryRaw } from 'vue-router'

/** One of several logs that are shown together: what it shows, and where it stands: beside the pane before it or below that. */
export interface Pane {
  place: 'right' | 'below'
  address: string
  query: LocationQuery
}
/** Logs side by side, as an address says them: the first in its path and query, each further one as `pane=>ADDRESS?QUERY` (right) or `pane=vADDRESS?QUERY` (below). */
export interface Workspace {
  panes: Pane[]
  /** They show the same time, and scroll and go to another one together. */
  synced: boolean
}

/** As many as have a key; each follows its logs and holds lines. */
export const MOST_PANES = 9
const PLACES = { '>': 'right', v: 'below' } as const
const OWN = ['pane', 'sync']

/** Reads an address; what makes no sense is left out. */
export function read_workspace(address: string, query: LocationQuery): Workspace {
  const first: Pane = { place: 'right', address, query: Object.fromEntries(Object.entries(query).filter(([name]) => !OWN.includes(name))) }
  const given = Array.isArray(query.pane) ? query.pane : [query.pane]
  const others = given.flatMap((text): Pane[] => {
    const place = PLACES[(text ?? '')[0] as keyof typeof PLACES]
    const [path, ...rest] = (text ?? '').slice(1).split('?')
    return place && path ? [{ place, address: path, query: Object.fromEntries(new URLSearchParams(rest.join('?'))) }] : []
  })
  return { panes: [first, ...others.slice(0, MOST_PANES - 1)], synced: query.sync === '1' && others.length > 0 }
}

/** What `read_workspace` reads back. */
export function write_workspace({ panes, synced }: Workspace): { address: string; query: LocationQueryRaw } {
  const [first, ...others] = panes
  const text = ({ place, address, query }: Pane) => {
    const values = new URLSearchParams(Object.entries(query).filter((pair): pair is [string, string] => typeof pair[1] === 'string')).toString()
    return `${place === 'right' ? '>' : 'v'}${address}${values && `?${values}`}`
  }
  return { address: first!.address, query: { ...first!.query, ...(others.length && { pane: others.map(text) }), ...(synced && others.length && { sync: '1' }) } }
}

/** The numbers of the panes, column by column. */
export function columns_of(panes: readonly Pane[]): number[][] {
  const columns: number[][] = []
  panes.forEach(({ place }, i) => {
    if (i === 0 || place === 'right') columns.push([i])
    else columns.at(-1)!.push(i)
  })
  return columns
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

/** Where each stands in a grid: as many rows as all columns can be divided into, so that those of a column are of the same height. */
export function layout_of(panes: readonly Pane[]): { gridColumn: string; gridRow: string }[] {
  const columns = columns_of(panes)
  const rows = columns.reduce((all, { length }) => (all * length) / divisor(all, length), 1)
  return columns.flatMap((column, c) =>
    column.map((_, i) => {
      const span = rows / column.length
      return { gridColumn: String(c + 1), gridRow: `${i * span + 1} / span ${span}` }
    }),
  )
}

/** Without one of them: one that stood below it takes its place in the column. */
export function without_pane(panes: readonly Pane[], index: number): Pane[] {
  const next = panes[index + 1]
  const left = [...panes]
  if (next?.place === 'below' && panes[index]!.place === 'right') left[index + 1] = { ...next, place: 'right' }
  left.splice(index, 1)
  if (left[0]) left[0] = { ...left[0], place: 'right' }
  return left
}

/** With another one, which shows the same, beside or below one of them. A pane to the right of a column stands behind the whole column. */
export function split_pane(panes: readonly Pane[], index: number, place: Pane['place']): { panes: Pane[]; at: number } {
  const column = columns_of(panes).find((each) => each.includes(index))!
  const at = (place === 'right' ? column.at(-1)! : index) + 1
  return { panes: [...panes.slice(0, at), { ...panes[index]!, place }, ...panes.slice(at)], at }
}
