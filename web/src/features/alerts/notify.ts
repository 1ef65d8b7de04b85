import { format_count } from '@/lib/format/numbers'
import { i18n } from '@/locales/i18n'
import type { Severity } from '@/lib/api/types'
import { prefs } from '@/lib/prefs/prefs'
import './texts'

// More than this at a time is one notification with their number.
const MOST_AT_ONCE = 3

/** Whether the browser can show notifications, and whether the reader has let it. */
export const permission = (): NotificationPermission | 'unsupported' => ('Notification' in globalThis ? Notification.permission : 'unsupported')

let audio: AudioContext | null = null
/** Two short tones. Silent until the reader has clicked somewhere in the tab: browsers want it so. */
export async function beep(): Promise<void> {
  audio ??= new AudioContext()
  await audio.resume()
  for (const [at, frequency] of [[0, 660], [0.16, 880]] as const) {
    const from = audio.currentTime + at
    const tone = new OscillatorNode(audio, { frequency })
    const volume = new GainNode(audio, { gain: 0 })
    volume.gain.setValueAtTime(0, from)
    volume.gain.linearRampToValueAtTime(0.12, from + 0.01)
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.14)
    tone.connect(volume).connect(audio.destination)
    tone.start(from)
    tone.stop(from + 0.15)
  }
}

function show(title: string, body: string, tag: string, on_click: () => void): void {
  // The tag makes one of what several tabs show.
  const shown = new Notification(title, { body, tag, icon: new URL('icon.svg', document.baseURI).href })
  shown.onclick = () => {
    shown.close()
    focus()
    on_click()
  }
}

/** An alert that has begun, as it is told. */
export interface Beginning {
  id: number
  severity: Severity
  rule: string
  where: string
  text: string
}

/** Tells of alerts that have begun, newest first, in the ways that the reader chose. `open` shows one of them. */
export function tell(begun: readonly Beginning[], open: (id: number) => void): void {
  const { t } = i18n.global
  const [newest] = begun
  if (!newest) return
  // A browser that refuses to play has its reason, which is no error of ours to report.
  if (prefs.alert_sound) beep().catch(() => {})
  if (!prefs.alert_notify || permission() !== 'granted') return
  if (begun.length > MOST_AT_ONCE) return show(t('alerts.notify.many', { n: format_count(begun.length) }, begun.length), begun.map(title_of).slice(0, MOST_AT_ONCE).join('\n'), `taffrail-alerts-${newest.id}`, () => open(newest.id))
  for (const each of begun) show(title_of(each), each.text, `taffrail-alert-${each.id}`, () => open(each.id))
}

function title_of({ id, severity, rule, where }: Beginning): string {
  return `${i18n.global.t(`alerts.severity.${severity}`)}: ${rule || i18n.global.t('alerts.alert', { id })}${where ? ` · ${where}` : ''}`
}
