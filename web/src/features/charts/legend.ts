/** Which of some lines are hidden after one of them was chosen: alone (again: all come back), or, `mute`, hidden and shown again. */
export function choose_line(hidden: ReadonlySet<string>, all: readonly string[], chosen: string, mute: boolean): ReadonlySet<string> {
  const next = new Set(all.filter((key) => hidden.has(key)))
  if (mute) {
    if (!next.delete(chosen)) next.add(chosen)
    return next
  }
  const alone = !next.has(chosen) && next.size === all.length - 1
  return alone ? new Set() : new Set(all.filter((key) => key !== chosen))
}
