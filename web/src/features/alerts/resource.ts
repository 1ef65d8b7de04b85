import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
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

/** When to ask again, while the page is seen. */
export interface Again {
  /** After so many ms. */
  every?: number
  /** When this has changed: at once after a quiet time, else so many ms after the last question. */
  on?: () => unknown
  pause?: number
}

/** Asks at once and then as `again` says, until the calling scope ends. A question takes the place of one that has no answer yet. */
export function use_resource<T>(load: (signal: AbortSignal) => Promise<T>, again: Again = {}): Resource<T> {
  const { every, on, pause = 1000 } = again
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const at = shallowRef(0)
  let aborter: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0

  async function reload(): Promise<void> {
    clearTimeout(timer)
    asked = performance.now()
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
  const on_change = () => {
    if (document.visibilityState !== 'visible') return // it is asked when it is seen
    clearTimeout(timer)
    timer = setTimeout(() => void reload(), Math.max(0, asked + pause - performance.now()))
  }
  if (on) watch(on, on_change)
  const on_visible = () => {
    if (document.visibilityState === 'visible') void reload()
    else clearTimeout(timer)
  }
  if (every || on) document.addEventListener('visibilitychange', on_visible)
  onScopeDispose(() => {
    aborter?.abort()
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', on_visible)
  })
  void reload()
  return { data, problem, at, reload }
}
