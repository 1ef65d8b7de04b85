import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import de from './de/base'
import de_screens from './de/screens'
import en from './en/base'
import en_screens from './en/screens'
import es from './es/base'
import es_screens from './es/screens'
import fr from './fr/base'
import fr_screens from './fr/screens'
import ja from './ja/base'
import ja_screens from './ja/screens'
import { direction_of, FORMS, language_for, LANGUAGES, plural_form, region_of, type Language } from './languages'
import zh from './zh-Hans/base'
import zh_screens from './zh-Hans/screens'

const TEXTS: Record<Language, object> = {
  en: { ...en, ...en_screens },
  de: { ...de, ...de_screens },
  es: { ...es, ...es_screens },
  fr: { ...fr, ...fr_screens },
  ja: { ...ja, ...ja_screens },
  'zh-Hans': { ...zh, ...zh_screens },
}

/** The texts by their keys: `log.level.warn`. */
function flat(texts: object, prefix = ''): Map<string, string> {
  return new Map(Object.entries(texts).flatMap(([key, value]: [string, unknown]) => (typeof value === 'string' ? [[prefix + key, value] as const] : [...flat(value as object, `${prefix}${key}.`)])))
}
const ENGLISH = flat(TEXTS.en)
/** A literal in a text says what it says: `{'{NAME}'}`. */
const plain = (text: string) => text.replace(/\{'[^']*'\}/g, '')
const forms_of = (text: string) => plain(text).split(' | ').length
const placeholders_of = (text: string) => [...new Set([...plain(text).matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort()
const by_key = (of: (text: string, key: string) => unknown, texts: ReadonlyMap<string, string>) => Object.fromEntries([...texts].map(([key, text]) => [key, of(text, key)]))

/** As many forms as a language needs where English has one for each of its own, and one more where English has one more, for none. */
const forms_for = (language: Language, key: string) => {
  const english = forms_of(ENGLISH.get(key) ?? '')
  return english === 1 ? 1 : FORMS[language].length + english - FORMS.en.length
}

describe.each(LANGUAGES.map(({ id }) => id))('%s', (language) => {
  const texts = flat(TEXTS[language])
  it('has every text and no other', () => expect([...texts.keys()].sort()).toEqual([...ENGLISH.keys()].sort()))
  it('has something to say wherever English has', () => expect(by_key((text) => text.trim() !== '', texts)).toEqual(by_key((text) => text.trim() !== '', ENGLISH)))
  it('names the same values', () => expect(by_key(placeholders_of, texts)).toEqual(by_key(placeholders_of, ENGLISH)))
  it('has the plural forms that the language has', () => expect(by_key(forms_of, texts)).toEqual(by_key((_, key) => forms_for(language, key), texts)))
  it('has no English left where it must not', () => {
    if (language === 'en') return
    // What is the same in both: names, data, and words that a language has taken over.
    const same = [...texts].filter(([key, text]) => text === ENGLISH.get(key) && /[a-z]{3,} [a-z]{3,}/i.test(text))
    expect(same).toEqual([])
  })
})

describe('the source', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((path) => `src/${path}`).filter((path) => /\.(ts|vue)$/.test(path) && !/\.test\.ts$|^src\/locales\/|openapi/.test(path))
  const tops = [...new Set([...ENGLISH.keys()].map((key) => key.split('.')[0]))].join('|')
  // Every string that begins as a key does; what a template fills in stands for one part of a key.
  const STRING = new RegExp(`(['"\`])((?:${tops})\\.(?:\\$\\{(?:[^{}]|\\{[^{}]*\\})*\\}|[\\w.])+)\\1`, 'g')
  const named = sources.flatMap((path) => [...readFileSync(path, 'utf8').matchAll(STRING)].map((match) => ({ path, key: match[2]!, called: /\bte?\(\s*$/.test(match.input.slice(0, match.index)) })))
  const pattern_of = (key: string) => new RegExp(`^${key.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '\0').replace(/\./g, '\\.').replaceAll('\0', '[\\w-]+')}$`)
  const keys = [...ENGLISH.keys()]

  it('names no text that is missing', () => expect(named.filter(({ key, called }) => called && !keys.some((each) => pattern_of(key).test(each)))).toEqual([]))
  it('uses every text', () => {
    const patterns = [...new Set(named.map(({ key }) => key))].map(pattern_of)
    expect(keys.filter((key) => !patterns.some((pattern) => pattern.test(key)))).toEqual([])
  })
  it('has the texts of a screen come with everything that says them', () => {
    const comes_with = ({ path, key }: { path: string; key: string }) => {
      const part = PARTS[key.split('.')[0]!]
      const folder = path.slice(0, path.lastIndexOf('/') + 1)
      return !part || sources.some((each) => each.startsWith(folder) && imports_of(each).includes(part))
    }
    // An import of `./texts` is one of the folder's own.
    const imports_of = (path: string) => [...readFileSync(path, 'utf8').matchAll(/import '([^']+)'/g)].map((match) => match[1]!.replace(/^\.\//, `@/${path.slice(4, path.lastIndexOf('/') + 1)}`))
    expect(named.filter(({ called }) => called).filter((each) => !comes_with(each))).toEqual([])
  })
  it('names no side of the page, which is another one where lines run to the left', () => {
    const styles = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((path) => `src/${path}`).filter((path) => /\.(css|vue)$/.test(path))
    const SIDE = /(?:(?:margin|padding|border)-(?:left|right)\b|^\s+(?:left|right): [^']|text-align: (?:left|right)|[\s"'](?:-?m|p)[lr]-[\w[]|[\s"']-?(?:left|right)-[\d[]|[\s"':]border-[lr]\b|[\s"':]text-(?:left|right)\b)/gm
    expect(styles.flatMap((path) => [...readFileSync(path, 'utf8').matchAll(SIDE)].map((match) => `${path}: ${match[0].trim()}`))).toEqual([])
  })
  it('says nothing but in texts', () => {
    const said = sources.filter((path) => path.endsWith('.vue')).flatMap((path) => {
      const template = /<template>([\s\S]*)<\/template>/.exec(readFileSync(path, 'utf8'))?.[1] ?? ''
      const words = template.replace(/<!--[\s\S]*?-->/g, '').replace(/\{\{[\s\S]*?\}\}/g, '').replace(/<[a-zA-Z/](?:"[^"]*"|'[^']*'|[^>"'])*>/g, '\n')
      const attributes = [...template.matchAll(/\s(?:aria-label|title|alt|label|hint)="([^"]*)"/g)].map((match) => match[1]!)
      return [...words.split('\n'), ...attributes].map((each) => each.trim()).filter((each) => /\p{L}{2}/u.test(each)).map((each) => `${path}: ${each}`)
    })
    expect(said.filter((each) => !NO_WORDS.some((word) => each.endsWith(`: ${word}`)))).toEqual([])
  })
})
// What English loads with its screens, by the first part of a key.
const of = (feature: string, ...tops: string[]) => tops.map((top) => [top, `@/features/${feature}`] as const)
const PARTS: Record<string, string | undefined> = Object.fromEntries([
  ...of('alerts/texts', 'alerts'),
  ...of('charts/texts', 'charts'),
  ...of('container/texts', 'container'),
  ...of('download/texts', 'download'),
  ...of('expression/texts', 'expr'),
  ...of('history/texts', 'history', 'patterns', 'search'),
  ...of('logs/texts', 'log', 'range'),
  ...of('palette/texts', 'palette'),
  ...of('settings/texts', 'settings'),
  ...of('shell/key_texts', 'keys'),
  ...of('views/texts', 'views'),
])
// A unit, a name, a command and the first half of `stdout`.
const NO_WORDS = ['ms', 'taffrail', 'std', "docker run -d --name hello busybox sh -c 'while date; do sleep 1; done'"]

describe('a reader', () => {
  it.each([
    [['de-AT', 'en'], 'de', 'de-AT'],
    [['en-GB'], 'en', 'en-GB'],
    [['zh-CN'], 'zh-Hans', 'zh-CN'],
    [['zh-TW', 'ja'], 'ja', 'ja'],
    [['zh-TW'], 'en', 'en'],
    [['sw', 'fr-CA', 'fr'], 'fr', 'fr-CA'],
    [['', '*', 'x'], 'en', 'en'],
    [[], 'en', 'en'],
  ] as [string[], Language, string][])('who prefers %j reads %s', (preferred, language, region) => {
    expect(language_for(preferred)).toBe(language)
    expect(region_of(language, preferred)).toBe(region)
  })
  // For 0, 1, 2: among the forms of the language, and where there is one more before them.
  it.each([
    ['en', [1, 0, 1], [0, 1, 2]],
    ['fr', [0, 0, 1], [0, 1, 2]],
    ['ja', [0, 0, 0], [0, 1, 1]],
  ] as [Language, number[], number[]][])('of %s gets the plural form of a number', (language, of_its_own, with_none) => {
    const form = plural_form(language)
    const choices = FORMS[language].length
    expect([0, 1, 2].map((n) => form(n, choices))).toEqual(of_its_own)
    expect([0, 1, 2].map((n) => form(n, choices + 1))).toEqual(with_none)
  })
  it('of a script that runs to the left sees the page mirrored', () => expect(['ar', 'fa-IR', 'he', 'en', 'ja', '*'].map(direction_of)).toEqual(['rtl', 'rtl', 'rtl', 'ltr', 'ltr', 'ltr']))
})
