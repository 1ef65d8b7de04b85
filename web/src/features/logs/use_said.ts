import { onUnmounted, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

const SAID_MS = 2600

/** What is said once, over a view: that something was copied, say. */
export function use_said() {
  const { t } = useI18n()
  const said = shallowRef('')
  let timer: ReturnType<typeof setTimeout> | undefined
  onUnmounted(() => clearTimeout(timer))
  function say(text: string): void {
    said.value = text
    clearTimeout(timer)
    timer = setTimeout(() => (said.value = ''), SAID_MS)
  }
  /** Puts a text on the clipboard and says that it was `done`, or that it failed. */
  async function copy(text: string, done: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      say(done)
    } catch {
      say(t('log.copy_failed')) // no permission, or no secure context
    }
  }
  return { said, say, copy }
}
