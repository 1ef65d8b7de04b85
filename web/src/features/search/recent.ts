import { shallowRef } from 'vue'

/** A search that was made in this browser: the query of its URL. */
export type Recent = Record<string, string>

const KEY = 'taffrail.searches'
const MOST = 20

function stored(): Recent[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    if (!Array.isArray(value)) return []
    return value.filter((each): each is Recent => typeof each === 'object' && each !== null && Object.values(each).every((part) => typeof part === 'string')).slice(0, MOST)
  } catch {
    return [] // storage is blocked or holds something else
  }
}

/** The newest first. */
export const recent = shallowRef<readonly Recent[]>(stored())

function keep(list: readonly Recent[]): void {
  recent.value = list
  try {
    localStorage.setItem(KEY, JSON.stringify(list))
  } catch {
    // Storage is full or blocked: they are remembered for this page only.
  }
}
const same = (a: Recent, b: Recent) => a.filter === b.filter && a.in === b.in
/** One search with other ranges and levels is one search. */
export const remember = (search: Recent): void => keep([search, ...recent.value.filter((each) => !same(each, search))].slice(0, MOST))
export const forget_recent = (): void => keep([])
