import { day_start, format_long_day, type Zone } from '@/lib/format/time'
import type { Row } from './engine/view_messages'

/** The heading over the first row of each day, empty over the others. `from_beginning`: before the first row there is nothing. */
export function day_headings(rows: readonly Pick<Row, 'ms' | 'previous'>[], from_beginning: boolean, zone: Zone): string[] {
  const begins = ({ ms, previous }: Pick<Row, 'ms' | 'previous'>) => (previous === null ? from_beginning : day_start(previous, zone) !== day_start(ms, zone))
  return rows.map((row) => (begins(row) ? format_long_day(row.ms, zone) : ''))
}
