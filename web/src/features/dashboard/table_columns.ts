import type { Sort } from './table'

/** The columns that can be chosen, in their order, each with its width; the name is always there. */
export const CHOOSABLE = ['state', 'image', 'restarts', 'up', 'lines', 'errors', 'cpu', 'memory', 'net', 'block'] as const satisfies readonly Sort[]
export type TableColumn = (typeof CHOOSABLE)[number]

/** Least width in pixels, and the share of what is left over; the order in which columns go where there is no room: what a glance needs least first. */
const WIDTHS: Record<'name' | TableColumn, { least: number; share: number }> = {
  name: { least: 150, share: 2.4 },
  state: { least: 116, share: 0 },
  image: { least: 120, share: 1.4 },
  restarts: { least: 76, share: 0 },
  up: { least: 76, share: 0 },
  lines: { least: 84, share: 0 },
  errors: { least: 84, share: 0 },
  cpu: { least: 130, share: 0 },
  memory: { least: 200, share: 0 },
  net: { least: 130, share: 0 },
  block: { least: 126, share: 0 },
}
const GO_FIRST: readonly TableColumn[] = ['block', 'net', 'image', 'up', 'lines', 'restarts', 'errors', 'memory', 'cpu', 'state']
/** What a phone shows, in two lines a row. */
export const ON_PHONE: TableColumn[] = ['state', 'cpu', 'memory']
const SELECT = 30
const PADDING = 12

/** Of the columns that are not hidden those that there is room for in `width` pixels, and the grid that they make. */
export function fitting_columns(hidden: readonly string[], width: number): { columns: TableColumn[]; template: string } {
  let columns = CHOOSABLE.filter((column) => !hidden.includes(column))
  const needed = () => SELECT + PADDING + WIDTHS.name.least + columns.reduce((sum, column) => sum + WIDTHS[column].least, 0)
  for (const column of GO_FIRST) if (needed() > width) columns = columns.filter((each) => each !== column)
  const track = (column: 'name' | TableColumn) => {
    const { least, share } = WIDTHS[column]
    return share ? `minmax(${least}px, ${share}fr)` : `${least}px`
  }
  return { columns, template: [`${SELECT}px`, track('name'), ...columns.map(track)].join(' ') }
}
