// When what fired, over the last days: a row for each rule, a cell for each stretch of time.
import { ask } from '@/lib/api/ask'
import type { Alert, AlertPage, Severity } from '@/lib/api/types'
import { worst_of } from './firing_book'

export const DAYS_BACK = 7
const DAY_MS = 86_400_000
/** How long a cell is: an eighth of a day is wide enough to be hit with a finger. */
export const CELL_MS = 3 * 3_600_000
// A page has at most 1,000 alerts and about a mebibyte: more than these few are too many to be drawn as well.
const MOST_PAGES = 4
// Rules that have a row of their own; the others are one row together.
const MOST_ROWS = 6

export interface Recent {
  alerts: Alert[]
  /** What began earlier is not all there, in ms since 1970; null: it is. */
  incomplete_before: number | null
}

/** The alerts that began in the last days, newest first. */
export async function load_recent(rule: number | null, signal: AbortSignal): Promise<Recent> {
  const alerts: Alert[] = []
  let before: number | null = null
  for (let i = 0; i < MOST_PAGES; i += 1) {
    const page: AlertPage = await ask<AlertPage>('GET', `alerts?since=${DAYS_BACK}d&limit=1000${rule === null ? '' : `&rule=${rule}`}${before === null ? '' : `&before=${before}`}`, undefined, signal)
    alerts.push(...page.alerts)
    before = page.next
    if (before === null) return { alerts, incomplete_before: null }
  }
  return { alerts, incomplete_before: Math.min(...alerts.map(({ started }) => Date.parse(started))) }
}

export interface Cell {
  /** Of the row's cells, from the oldest. */
  at: number
  from: number
  to: number
  /** Alerts that began in it. */
  began: number
  /** Alerts that were there at some time of it. */
  there: number
  worst: Severity
}
export interface TimelineRow {
  /** Null: several rules together. */
  rule: number | null
  name: string
  began: number
  cells: Cell[]
}
export interface Timeline {
  from: number
  to: number
  cells: number
  rows: TimelineRow[]
  /** Where days begin, as a share of the whole; in the reader's zone. */
  days: { at: number; ms: number }[]
}

/** `now` in ms; `day_start` gives the beginning of the day that a time is in. */
export function make_timeline(alerts: readonly Alert[], now: number, day_start: (ms: number) => number): Timeline {
  const from = day_start(now - (DAYS_BACK - 1) * DAY_MS)
  // Up to the end of the day, which is its place in the row of days.
  const cells = Math.ceil((day_start(day_start(now) + 1.5 * DAY_MS) - from) / CELL_MS)
  const to = from + cells * CELL_MS
  const by_rule = new Map<number, Alert[]>()
  for (const alert of alerts) {
    const same = by_rule.get(alert.rule)
    if (same) same.push(alert)
    else by_rule.set(alert.rule, [alert])
  }
  const ranked = [...by_rule].sort(([a, of_a], [b, of_b]) => of_b.length - of_a.length || a - b)
  const own = ranked.length > MOST_ROWS ? MOST_ROWS - 1 : MOST_ROWS
  const rest = ranked.slice(own).flatMap(([, of]) => of)
  const row = (rule: number | null, of: readonly Alert[]): TimelineRow => ({
    rule,
    name: (rule !== null && of.find(({ notification }) => notification)?.notification?.rule.name) || '',
    began: of.filter(({ started }) => Date.parse(started) >= from).length,
    cells: cells_of(of, from, cells, now),
  })
  const days: Timeline['days'] = []
  // Noon of each next day: a day may have 23 or 25 hours.
  for (let ms = from; ms < to; ms = day_start(ms + 1.5 * DAY_MS)) days.push({ at: (ms - from) / (to - from), ms })
  return { from, to, cells, rows: [...ranked.slice(0, own).map(([rule, of]) => row(rule, of)), ...(rest.length ? [row(null, rest)] : [])], days }
}

function cells_of(alerts: readonly Alert[], from: number, count: number, now: number): Cell[] {
  const there = Array.from({ length: count }, (): Alert[] => [])
  const began = new Array<number>(count).fill(0)
  for (const alert of alerts) {
    const start = Date.parse(alert.started)
    const end = alert.ended ? Date.parse(alert.ended) : now
    const first = Math.floor((start - from) / CELL_MS)
    if (first >= 0 && first < count) began[first]! += 1
    for (let at = Math.max(0, first); at < count && from + at * CELL_MS <= end; at += 1) there[at]!.push(alert)
  }
  return there.flatMap((of, at) => (of.length ? [{ at, from: from + at * CELL_MS, to: from + (at + 1) * CELL_MS, began: began[at]!, there: of.length, worst: worst_of(of)! }] : []))
}
