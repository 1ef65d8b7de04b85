import { watchEffect } from 'vue'
import { i18n } from '@/locales/i18n'

/** Names the tab after what a page shows, as long as it is there; the product alone where that is empty. */
export function use_title(what: () => string): void {
  watchEffect(() => {
    const name = i18n.global.t('app.name')
    document.title = what() ? `${what()} · ${name}` : name
  })
}
