import { shallowRef, watch } from 'vue'
import { createI18n } from 'vue-i18n'
import { follow_locale } from '@/lib/format/locale'
import { prefs } from '@/lib/prefs/prefs'
import en, { type Base } from './en/base'
import type { Screens } from './en/screens'
import { direction_of, FORMS, language_for, plural_form, region_of, type Language } from './languages'

type Other = Exclude<Language, 'en'>
interface Parts {
  base(): Promise<{ default: Base }>
  screens(): Promise<{ default: Screens }>
}
// English comes with the page and its screens, another language when it is asked for: what is needed before anything is shown, and the rest.
const OTHERS: Record<Other, Parts> = {
  de: { base: () => import('./de/base'), screens: () => import('./de/screens') },
  es: { base: () => import('./es/base'), screens: () => import('./es/screens') },
  fr: { base: () => import('./fr/base'), screens: () => import('./fr/screens') },
  ja: { base: () => import('./ja/base'), screens: () => import('./ja/screens') },
  'zh-Hans': { base: () => import('./zh-Hans/base'), screens: () => import('./zh-Hans/screens') },
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en },
  pluralRules: Object.fromEntries((Object.keys(FORMS) as Language[]).map((language) => [language, plural_form(language)])),
})

/** The texts of the chosen language could not be loaded: those of the one before are shown. */
export const language_failed = shallowRef(false)

const region = shallowRef('en')
const chosen = (): Language => (prefs.language === 'browser' ? language_for(navigator.languages) : prefs.language)

/** Whether the texts of a language are there, once that is known. */
const loads = new Map<Other, { base: Promise<boolean>; screens: Promise<boolean> }>()
function load(language: Other): { base: Promise<boolean>; screens: Promise<boolean> } {
  const known = loads.get(language)
  if (known) return known
  const take = (part: Promise<{ default: object }>) =>
    part.then(
      (texts) => {
        i18n.global.mergeLocaleMessage(language, texts.default)
        return true
      },
      () => {
        loads.delete(language) // the next who asks tries again
        return false
      },
    )
  const { base, screens } = OTHERS[language]
  const begun = { base: take(base()), screens: take(screens()) }
  loads.set(language, begun)
  return begun
}

/** Waits for the texts of the screens: what is not there is shown in English. */
export async function screen_texts(): Promise<void> {
  const language = i18n.global.locale.value as Language
  if (language !== 'en' && !(await load(language).screens)) language_failed.value = true
}

async function show_chosen(needs: readonly ('base' | 'screens')[]): Promise<void> {
  const language = chosen()
  const there = language === 'en' || (await Promise.all(needs.map((part) => load(language)[part]))).every(Boolean)
  if (language !== chosen()) return // another one was chosen meanwhile
  language_failed.value = !there
  if (!there) return
  region.value = region_of(language, navigator.languages)
  i18n.global.locale.value = language as never
  document.documentElement.lang = language
  document.documentElement.dir = direction_of(language)
}

/**
 * Shows the page in the language that the reader chose, or else the browser; also when that changes, as soon as all its texts are there.
 * Resolves when those are there that are needed before anything is shown.
 */
export function start_language(): Promise<void> {
  follow_locale(() => region.value)
  const change = () => void show_chosen(['base', 'screens'])
  watch(() => prefs.language, change)
  addEventListener('languagechange', change)
  return show_chosen(['base'])
}
