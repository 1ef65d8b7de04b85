/** A field that lines have, or a variable, and some of the values that it has there. */
export interface Seen {
  /** `status`, `user.name`; or the name of a variable: `container.name`. */
  path: string
  values: readonly string[]
}

// What is read is on the screen, so these only bound what one odd line may cost.
const MOST_FIELDS = 300
const MOST_VALUES = 30
const DEEPEST = 4
const LONGEST_LINE = 16 * 1024
const LONGEST_VALUE = 80
const PAIR = /(?:^|\s)([\p{L}_][\p{L}\d_.-]*)=("(?:[^"\\]|\\.)*"|[^\s"]+)/gu

/** The fields of the JSON and logfmt lines among `lines`, the most frequent first. */
export function seen_fields(lines: Iterable<string>): Seen[] {
  const found = new Map<string, { count: number; values: Set<string> }>()
  const add = (path: string, value: unknown) => {
    let field = found.get(path)
    if (!field && found.size >= MOST_FIELDS) return
    if (!field) found.set(path, (field = { count: 0, values: new Set() }))
    field.count += 1
    const text = typeof value === 'string' ? JSON.stringify(value) : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
    if (text !== null && text.length <= LONGEST_VALUE && field.values.size < MOST_VALUES) field.values.add(text)
  }
  const walk = (value: object, prefix: string, depth: number) => {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '') continue
      const path = prefix + key
      add(path, inner)
      // A key with a dot or other signs is no path of names; what is inside of it would be told wrongly.
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner) && depth < DEEPEST && !key.includes('.')) walk(inner, `${path}.`, depth + 1)
    }
  }
  for (const line of lines) {
    if (line.length > LONGEST_LINE) continue
    const text = line.trim()
    if (text.startsWith('{')) {
      try {
        walk(JSON.parse(text) as object, '', 1)
      } catch {
        // Cut off, or something else than JSON: it teaches nothing.
      }
    } else {
      const pairs = [...text.matchAll(PAIR)]
      if (pairs.length > 1) for (const pair of pairs) add(pair[1]!, pair[2]!.startsWith('"') ? pair[2]!.slice(1, -1) : pair[2])
    }
  }
  return [...found].sort((a, b) => b[1].count - a[1].count).map(([path, { values }]) => ({ path, values: [...values] }))
}

/** Values that a variable is known to have. */
export const seen_values = (path: string, values: Iterable<string | null | undefined>): Seen => ({
  path,
  values: [...new Set(values)].filter((value) => typeof value === 'string' && value !== '').slice(0, MOST_VALUES).map((value) => JSON.stringify(value)),
})

// Of what is on the screen, as much as a place is completed from.
const MOST_FIELDS_TOLD = 100
const MOST_VALUES_TOLD = 10

/** As the server takes it: values as they are, without quotes. */
export const for_server = (seen: readonly Seen[]): { path: string; values: string[] }[] =>
  seen.slice(0, MOST_FIELDS_TOLD).map(({ path, values }) => ({
    path,
    values: values.slice(0, MOST_VALUES_TOLD).map((value) => (value.startsWith('"') ? (JSON.parse(value) as string) : value)),
  }))
