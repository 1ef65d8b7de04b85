import { onMounted, onUnmounted } from 'vue'
import { is_typing } from './shell'

/** Calls the action of a key (as `KeyboardEvent.key` names it) while no field or dialog has the keyboard, and `active` says so. */
export function use_keys(actions: Record<string, (event: KeyboardEvent) => void>, active: () => boolean = () => true): void {
  const on_key = (event: KeyboardEvent) => {
    if (!active() || is_typing(event) || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined
    if (!action) return
    // Space and Enter belong to the button that has the focus.
    if ((event.key === ' ' || event.key === 'Enter') && event.target instanceof HTMLElement && event.target.closest('button, a, [role="treeitem"], summary')) return
    event.preventDefault()
    action(event)
  }
  onMounted(() => addEventListener('keydown', on_key))
  onUnmounted(() => removeEventListener('keydown', on_key))
}
