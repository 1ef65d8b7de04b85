/** A field that stands in a column of its own, by its dotted name; the width is in characters. */
export interface Column {
  name: string
  width: number
}

export const NARROWEST = 4
export const WIDEST = 80
// Beyond this no line's own text would be left on a screen.
const MOST = 12

export const fit_width = (width: number): number => Math.min(WIDEST, Math.max(NARROWEST, Math.round(width)))

/** Reads `status:8,user.id:12`; names are percent-encoded. What makes no sense, or comes twice, is left out. */
export function parse_columns(text: string): Column[] {
  const columns: Column[] = []
  for (const part of text.split(',')) {
    const m = /^([^:]+):(\d{1,3})$/.exec(part)
    if (!m || columns.length >= MOST) continue
    try {
      const name = decodeURIComponent(m[1]!)
      if (!columns.some((column) => column.name === name)) columns.push({ name, width: fit_width(+m[2]!) })
    } catch {
      // Not percent-encoded as it should be: nobody's column.
    }
  }
  return columns
}

export const print_columns = (columns: readonly Column[]): string => columns.map(({ name, width }) => `${encodeURIComponent(name)}:${width}`).join(',')

/** With one more column, as wide as its name and a value of it, or without it where it is one already. */
export function toggle_column(columns: readonly Column[], name: string, value: string): Column[] {
  const others = columns.filter((column) => column.name !== name)
  if (others.length < columns.length || columns.length >= MOST) return others
  return [...columns, { name, width: Math.min(40, fit_width(Math.max(name.length + 5, value.length + 2))) }]
}
