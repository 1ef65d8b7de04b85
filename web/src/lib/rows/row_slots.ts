/**
 * Which elements rows are shown in: a row that stays keeps its own, one that comes takes those of one that leaves. Making new elements and laying
 * them out is most of what a step of a wheel takes; what is in them is written anew in two thirds of the time. Without `lend` a row that comes gets
 * new ones: text that is selected must not become another row's.
 */
export function take_slots<Key>(before: ReadonlyMap<Key, number>, keys: readonly Key[], lend = true): Map<Key, number> {
  const left = new Set(before.values())
  for (const key of keys) left.delete(before.get(key)!)
  const free = lend ? [...left].reverse() : []
  let last = Math.max(-1, ...before.values())
  return new Map(keys.map((key) => [key, before.get(key) ?? free.pop() ?? (last += 1)]))
}
