/**
 * Which elements rows are shown in: a row that stays keeps its own, one that comes takes those of one that leaves. Making new elements and laying
 * them out is most of what a step of a wheel takes; what is in them is written anew in two thirds of the time.
 */
export function take_slots<Key>(before: ReadonlyMap<Key, number>, keys: readonly Key[]): Map<Key, number> {
  const left = new Set(before.values())
  for (const key of keys) left.delete(before.get(key)!)
  const free = [...left].reverse()
  let last = Math.max(-1, ...before.values())
  return new Map(keys.map((key) => [key, before.get(key) ?? free.pop() ?? (last += 1)]))
}
