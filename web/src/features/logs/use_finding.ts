import { nextTick, onUnmounted, shallowRef } from 'vue'

interface Parts {
  /** What is sought now, as the address says it. */
  sought: () => string
  seek(query: string): void
  step(by: 1 | -1): void
  focus_field(): void
  focus_list(): void
}

// The lines are searched through once the typing pauses.
const PAUSE_MS = 150

/** The search within a log: its bar, and what is typed into it. */
export function use_finding({ sought, seek, step, focus_field, focus_list }: Parts) {
  const finding = shallowRef(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  onUnmounted(() => clearTimeout(timer))
  function open(): void {
    finding.value = true
    void nextTick(focus_field)
  }
  function close(): void {
    clearTimeout(timer)
    finding.value = false
    if (sought()) seek('')
    focus_list()
  }
  return {
    finding,
    open,
    close,
    toggle: () => (finding.value ? close() : open()),
    type(query: string): void {
      clearTimeout(timer)
      timer = setTimeout(() => seek(query), query ? PAUSE_MS : 0)
    },
    step: (by: 1 | -1) => (sought() ? step(by) : open()),
  }
}
