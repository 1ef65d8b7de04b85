import { shallowRef, type ShallowRef } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router'

export interface LeaveGuard {
  /** The reader is asked whether to leave. */
  asked: ShallowRef<boolean>
  answer(leave: boolean): void
  /** What comes next is not asked about: it is saved, or gone. */
  release(): void
}

/** Asks before a form is left, or shows something else, that has what is not saved. */
export function use_leave_guard(dirty: () => boolean): LeaveGuard {
  const asked = shallowRef(false)
  let released = false
  let resolve: (leave: boolean) => void = () => {}
  const ask = () => {
    if (released || !dirty()) return true
    asked.value = true
    return new Promise<boolean>((done) => (resolve = done))
  }
  onBeforeRouteLeave(ask)
  onBeforeRouteUpdate(ask)
  return {
    asked,
    answer(leave) {
      asked.value = false
      resolve(leave)
    },
    release() {
      released = true
    },
  }
}

/** Escape leaves a field first, then the form. */
export function leave_field(event: KeyboardEvent): void {
  const target = event.target as HTMLElement
  if (!/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return
  event.stopPropagation()
  target.blur()
}
