// As many hues as --src-N in the style sheet; chosen far from each other and from the colours of the levels.
const HUES = 8

function hash(text: string): number {
  let value = 2166136261
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 16777619)
  return value >>> 0
}

/**
 * A hue for each source of a view: by its name, so that it has the same one in every view, and the next free one when another source of
 * this view has that already.
 */
export function assign_hues(names: readonly string[]): Map<string, number> {
  const hues = new Map<string, number>()
  const uses = new Array<number>(HUES).fill(0)
  for (const name of [...new Set(names)].sort()) {
    let hue = hash(name) % HUES
    const least = Math.min(...uses)
    while (uses[hue]! > least) hue = (hue + 1) % HUES
    uses[hue]! += 1
    hues.set(name, hue)
  }
  return hues
}
