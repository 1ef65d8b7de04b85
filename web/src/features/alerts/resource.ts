import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { refusal_of } from '@/lib/api/ask'
import type { Problem } from '@/lib/api/types'

/** Something that the server is asked for, as a surface shows it. */
export interface Resource<T> {
  /** What came last; null until something has. It stays when a later question fails, and `problem` then says so. */
  data: ShallowRef<T | null>
  problem: ShallowRef<Problem | null>
  /** When `data` came, in ms. */
  at: ShallowRef<number>
  reload(): Promise<void>
}

/**
 * Asks at once and, with `every` in ms, again and again while the page is seen, until the calling scope ends. A question takes the place of
 * one that has no answer yet.
 */
export function use_resource<T>(load: (signal: AbortSignal) => Promise<T>, every = 0): Resource<T> {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const at = shallowRef(0)
  let aborter: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  async function reload(): Promise<void> {
    clearTimeout(timer)
    aborter?.abort()
    const mine = (aborter = new AbortController())
    try {
      const loaded = await load(mine.signal)
      if (mine.signal.aborted) return
      data.value = loaded
      problem.value = null
      at.value = Date.now()
    } catch (error) {
      if (mine.signal.aborted) return
      problem.value = refusal_of(error)
    }
    if (every && document.visibilityState === 'visible') timer = setTimeout(() => void reload(), every)
  }
  const on_visible = () => {
    if (document.visibilityState === 'visible') void reload()
    else clearTimeout(timer)
  }
  if (every) document.addEventListener('visibilitychange', on_visible)
  onScopeDispose(() => {
    aborter?.abort()
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', on_visible)
  })
  void reload()
  return { data, problem, at, reload }
}
