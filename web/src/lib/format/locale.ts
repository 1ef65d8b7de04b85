/** The one place that knows in which language figures, times and orders are shown; the page says which, a worker has English. */
let current = () => 'en'

/** Has `of` asked for the BCP 47 tag whenever something is formatted: what a component renders follows it where `of` is reactive. */
export function follow_locale(of: () => string): void {
  current = of
}

/** The BCP 47 tag that is in force. */
export const locale = (): string => current()

/** Makes a formatter for the locale in force, and another one only when that changes. */
export function by_locale<T>(make: (locale: string) => T): () => T {
  let of: string | undefined
  let made: T
  return () => {
    const now = current()
    if (of !== now) made = make((of = now))
    return made
  }
}

/** Formats numbers of the locale in force. */
export function number_format(options: Intl.NumberFormatOptions): (value: number) => string {
  const format = by_locale((of) => new Intl.NumberFormat(of, options))
  return (value) => format().format(value)
}
