import { day_start, type Zone } from '@/lib/format/time'
import type { Row } from './engine/view_messages'

/** The heading over the first row of each day, empty over the others. `from_beginning`: before the first row there is nothing. */
export function day_headings(rows: readonly Pick<Row, 'ms' | 'previous'>[], from_beginning: boolean, zone: Zone, locale: string): string[] {
  const heading = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', ...(zone === 'utc' && { timeZone: 'UTC' }) })
  const begins = ({ ms, previous }: Pick<Row, 'ms' | 'previous'>) => (previous === null ? from_beginning : day_start(previous, zone) !== day_start(ms, zone))
  return rows.map((row) => (begins(row) ? heading.format(row.ms) : ''))
}
