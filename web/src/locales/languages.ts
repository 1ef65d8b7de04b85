/** The languages of the page: their BCP 47 tag and what they are called in themselves. */
export const LANGUAGES = [
  { id: 'en', name: 'English' },
  { id: 'de', name: 'Deutsch' },
  { id: 'es', name: 'Español' },
  { id: 'fr', name: 'Français' },
  { id: 'ja', name: '日本語' },
  { id: 'zh-Hans', name: '简体中文' },
] as const
export type Language = (typeof LANGUAGES)[number]['id']

// Scripts that are written from right to left. A browser may not have Intl.Locale's text direction yet.
const RIGHT_TO_LEFT = new Set(['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm'])

/** Language and script of a tag, also where it does not say the script: `zh-TW` is written in Hant. Undefined where it is no tag. */
function maximized(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag).maximize()
  } catch {
    return undefined // `*`, or what somebody made up
  }
}

const is_in = (tag: string, language: Language): boolean => {
  const [one, other] = [maximized(tag), maximized(language)]
  return one !== undefined && one.language === other?.language && one.script === other.script
}

/** The language for a reader who prefers these tags, best first; English where none is there. */
export const language_for = (preferred: readonly string[]): Language =>
  preferred.flatMap((tag) => LANGUAGES.filter(({ id }) => is_in(tag, id)))[0]?.id ?? 'en'

/** The tag that figures and dates of a language are written for: the reader's region of it (`de-CH`) where the preferences name one. */
export const region_of = (language: Language, preferred: readonly string[]): string => preferred.find((tag) => is_in(tag, language)) ?? language

/** Which way the script of a language runs. */
export const direction_of = (tag: string): 'ltr' | 'rtl' => (RIGHT_TO_LEFT.has(maximized(tag)?.script ?? '') ? 'rtl' : 'ltr')

/** The plural forms that the texts of a language have, by their names in CLDR and in this order; the last serves for all others. */
export const FORMS: Record<Language, readonly Intl.LDMLPluralRule[]> = {
  en: ['one', 'other'],
  de: ['one', 'other'],
  es: ['one', 'other'],
  fr: ['one', 'other'],
  ja: ['other'],
  'zh-Hans': ['other'],
}

/** Which of `choices` forms of a text says a number: the language's, and where there is one form more, the first says none. */
export function plural_form(language: Language): (number: number, choices: number) => number {
  const rules = new Intl.PluralRules(language)
  const forms = FORMS[language]
  return (number, choices) => {
    const before = choices > forms.length ? 1 : 0
    if (before && number === 0) return 0
    const form = forms.indexOf(rules.select(number))
    return before + (form < 0 ? forms.length - 1 : form)
  }
}
