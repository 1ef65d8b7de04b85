import { computed, shallowRef } from 'vue'
import { prefs } from '@/lib/prefs/prefs'

/** Which of the overlays is open; one at a time. */
export const overlay = shallowRef<'palette' | 'keys' | 'tree' | null>(null)

const narrow_query = matchMedia('(max-width: 767px)')
/** A phone: the tree is a sheet, the toolbar folds, lines wrap. */
export const narrow = shallowRef(narrow_query.matches)
narrow_query.addEventListener('change', () => {
  narrow.value = narrow_query.matches
})

const mac = /Mac|iP(hone|ad|od)/.test(navigator.userAgent)
/** The key that commands are called with, as this platform writes it. */
export const COMMAND_KEY = mac ? '⌘' : 'Ctrl '

export const next_theme = computed(() => ({ system: 'light', light: 'dark', dark: 'system' })[prefs.theme] as typeof prefs.theme)
export function cycle_theme(): void {
  prefs.theme = next_theme.value
}

/** What the page in view offers to the palette and the top bar. */
export interface PageCommand {
  label: string
  keys?: string
  run: () => void
}
export const page_commands = shallowRef<PageCommand[]>([])

/** Whether a key press belongs to a field or an open dialog rather than to the page. */
export function is_typing(event: KeyboardEvent): boolean {
  const target = event.target
  return (
    event.isComposing ||
    document.querySelector('dialog[open]') !== null ||
    (target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)))
  )
}
