import { by_locale } from './locale'

const collator = by_locale((of) => new Intl.Collator(of, { numeric: true, sensitivity: 'base' }))

/** Orders names as people do: `web-2` before `web-10`. */
export function compare_names(a: string, b: string): number {
  return collator().compare(a, b)
}

/** Whether every word of `query` occurs in `text`; both are compared in lower case. */
export function matches_words(text: string, query: string): boolean {
  const hay = text.toLowerCase()
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word))
}
