import type { RouteLocationRaw } from 'vue-router'
import { token_of, type Fleet } from '@/features/containers/address'
import type { Alert, AlertDetails, ToldLine } from '@/lib/api/types'
import { format_clock, format_day, parse_time, type Zone } from '@/lib/format/time'

/** What an alert is called: its rule's name as it was then. */
export const name_of = (alert: Alert, unnamed: string): string => alert.notification?.rule.name || unnamed

/** The group that an alert is of, where that says more than its container: `tenant: acme`. */
export function group_of({ notification }: Alert): { by: string; is: string }[] {
  const group = notification?.alert.group ?? []
  const container = notification?.container
  return group.filter(({ by, is }) => by !== 'container' && is !== '' && !(container && (is === `${container.host}/${container.id}` || is === container.name)))
}

export type ShownLine = Pick<ToldLine, 'seq' | 'time' | 'place' | 'level' | 'text' | 'truncated'> & { match: boolean }

/** The lines that tell of an alert: the one that began it, those around it in the log, and some of those that matched after it. */
export function lines_of({ lines, notification }: Pick<AlertDetails, 'lines' | 'notification'>): ShownLine[] {
  const told = [...(notification?.log ? [notification.log] : []), ...(notification?.more ?? [])]
  const matches = told.filter(({ seq }) => !lines.some((line) => line.seq === seq)).map((line) => ({ ...line, match: true }))
  const also = new Set(told.map(({ seq }) => seq))
  const around = lines.map((line) => ({ ...line, level: line.level as ToldLine['level'], match: line.match || also.has(line.seq) }))
  return [...around, ...matches].sort((a, b) => a.seq - b.seq)
}

/** The log of an alert's container, at the line (or the moment) that is told of; null where there is no container. */
export function log_link(alert: Pick<Alert, 'notification'>, fleet: Fleet, line: Pick<ToldLine, 'seq' | 'place'> | undefined = alert.notification?.log): RouteLocationRaw | null {
  const told = alert.notification
  if (!told?.container) return null
  const { id, host, name } = told.container
  const known = fleet.containers.get(id) ?? fleet.containers.get(`${host}/${id}`)
  const at = line ? `${line.seq}@${line.place}` : (told.event?.time ?? told.sample?.time ?? told.time)
  return { name: 'logs', params: { address: known ? token_of(known, fleet) : name }, query: { at } }
}

/** A time as this reader wants it, to the second: `2026-11-21 12:04:07`. */
export function when(time: string, zone: Zone): string {
  const moment = parse_time(time)
  if (!moment) return time
  const shown = zone === 'utc' ? 'utc' : 'local'
  return `${format_day(moment.ms, shown)} ${format_clock(moment, shown, 'ms').slice(0, 8)}`
}
