/**
 * How well `query` fits `text`, higher is better; undefined when a character of it does not occur in order. Runs, and characters at the
 * start of a word, weigh more than scattered ones.
 */
export function fit(text: string, query: string): number | undefined {
  const hay = text.toLowerCase()
  const needle = query.toLowerCase().replace(/\s+/g, '')
  if (!needle) return 0
  const whole = hay.indexOf(query.toLowerCase().trim())
  if (whole >= 0) return 1000 - whole - hay.length / 100 + (whole === 0 || /[^a-z0-9]/.test(hay[whole - 1]!) ? 200 : 0)
  let score = 0
  let at = -1
  for (const character of needle) {
    const next = hay.indexOf(character, at + 1)
    if (next < 0) return undefined
    if (next === at + 1) score += 8
    else if (next === 0 || /[^a-z0-9]/.test(hay[next - 1]!)) score += 6
    else score -= Math.min(4, next - at)
    at = next
  }
  return score - hay.length / 100
}

/** The best `most` items for a query, best first; all in their order when the query is empty. */
export function best<T>(items: readonly T[], text_of: (item: T) => string, query: string, most: number): T[] {
  const scored: { item: T; score: number }[] = []
  for (const item of items) {
    const score = fit(text_of(item), query)
    if (score !== undefined) scored.push({ item, score })
  }
  if (query.trim()) scored.sort((a, b) => b.score - a.score)
  return scored.slice(0, most).map(({ item }) => item)
}
