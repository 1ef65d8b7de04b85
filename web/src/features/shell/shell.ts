import { computed, shallowRef } from 'vue'
import { prefs } from '@/lib/prefs/prefs'
import { i18n } from '@/locales/i18n'

/** Which of the overlays is open; one at a time. */
export const overlay = shallowRef<'palette' | 'keys' | 'tree' | null>(null)

/** Keys that were pressed for the palette before it was there, in their order. */
export const typed_ahead: string[] = []

const narrow_query = matchMedia('(max-width: 767px)')
/** A phone: the tree is a sheet, the toolbar folds, lines wrap. */
export const narrow = shallowRef(narrow_query.matches)
narrow_query.addEventListener('change', () => {
  narrow.value = narrow_query.matches
})

/** The address of the log that keys are for; null where none is shown. */
export const opened_log = shallowRef<string | null>(null)
/** Shows an address in the pane that is looked at, where several are, with another query if one is given; false: there is one, and the address of the page says what is shown. */
export const open_in_pane = shallowRef<((address: string, query: Record<string, string> | null) => boolean) | null>(null)

const mac = /Mac|iP(hone|ad|od)/.test(navigator.userAgent)
/** The key that commands are called with, as this platform writes it. */
export const command_key = (): string => (mac ? '⌘' : `${i18n.global.t('top.ctrl')} `)

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
