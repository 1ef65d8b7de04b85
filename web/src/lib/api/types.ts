// The JSON shapes by the names that the page uses; they come from docs/openapi.yaml (`npm run types`).
import type { components } from './openapi'

type Schemas = components['schemas']

export type ApiRecord = Schemas['Record']
export type ApiGap = Schemas['Gap']['gap']
export type Level = ApiRecord['level']
export type Stream = ApiRecord['stream']
export type Host = Schemas['Host']
export type Container = Schemas['Container']
/** How a container was set up; values of its environment are null unless they were asked for. */
export type ContainerSetup = Schemas['ContainerSetup']
export type SavedView = Schemas['View']
export type ContainerState = Container['state']
export type Health = Container['health']
/** Sizes in bytes, rates per second, CPU in cores, ratios 0..1; `null` where the platform does not say. */
export type StatSample = Schemas['StatSample']
/** What a step of time comes to; also its least and greatest. */
export type StatPoint = Schemas['StatPoint']
export type Info = Schemas['Info']
/** Without events: this page asks for them by themselves. */
export type PageLine = Exclude<Schemas['LogLine'], Schemas['EventLine']>

export type History = Schemas['History']
/** What history keeps of one container; `from` and `until` are the times of its first and its last line. */
export type StoredLog = Schemas['StoredLog']

export type Histogram = Schemas['Histogram']
/** Stored lines that differ in their variables only; `template` has `<*>` for these. */
export type ApiPattern = Schemas['Pattern']
export type ApiPatterns = Schemas['Patterns']
export type ApiComparedPattern = Schemas['ComparedPattern']
export type ApiComparedPatterns = Schemas['ComparedPatterns']
export type SearchLine = Schemas['SearchLine']
/** What a search says at its end; `cursor` where there is more to be looked through. */
export type SearchEnd = Schemas['SearchEnd']['end']

/** RFC 9457, with the place in the expression where there is one. */
export type Problem = Omit<Schemas['Problem'], 'detail'> & { detail?: string }

/** An engine's event; only the live connection carries it (docs/live-protocol.md). */
export interface ContainerEvent {
  container: string
  host: string
  time: string
  action: string
  attributes: Record<string, string>
}

export type Severity = Schemas['Severity']
export type AlertState = Schemas['AlertState']
export type Alert = Omit<Schemas['Alert'], 'notification'> & { notification: Told | null }
/** One alert with the lines that stood around the one that began it, who has taken note of it, and its newest notifications. */
export type AlertDetails = Omit<Schemas['AlertDetails'], 'notification'> & Pick<Alert, 'notification'>
/** An alert as the live connection tells of it: without the notification that began it. */
export type AlertStanding = Omit<Alert, 'notification'>
export type AlertLine = Schemas['AlertLine']
export type AlertPage = { alerts: Alert[]; next: number | null }
/** A rule as people write it (docs/alert-rules.md): what is as by default may be left out. */
export type RuleKeys = Partial<Omit<Schemas['RuleKeys'], 'name' | 'absent' | 'window' | 'schedule' | 'escalate'>> & {
  name: string
  absent?: string | { for: string; always?: boolean }
  window?: Partial<Record<'avg' | 'max' | 'rate', string>>
  schedule?: { days?: string[]; from?: string; to?: string; zone?: string }
  escalate?: { after: string; destinations: number[] }
}
/** What the server adds to it. */
export type RuleFacts = Omit<Schemas['Rule'], keyof Schemas['RuleKeys']>
export type Rule = RuleKeys & RuleFacts
export type Destination = Schemas['Destination'] & Record<string, unknown>
export type DestinationType = Schemas['DestinationType']
export type Delivery = Schemas['Delivery']
export type Notification = Schemas['Notification']
/** A notification as the live connection tells of it: what becomes of it is yet to come. */
export type ToldNow = Required<Omit<Notification, 'deliveries' | 'unreadable'>>
export type Silence = Schemas['Silence']

/** A line as an alert keeps it: `place` and `seq` are where it stands in its log. */
export interface ToldLine {
  seq: number
  time: string
  place: string
  level: Level
  stream: Stream
  text: string
  truncated: boolean
}

/** The notification that began an alert, as the server keeps it; which of `log`, `sample` and `event` is there is the rule's kind. */
export interface Told {
  time: string
  rule: { id: number; name: string; severity: Severity; type: 'log' | 'metric' | 'event'; condition: string; labels: Record<string, string>; runbook: string }
  alert: { group: { by: string; is: string }[]; late: boolean }
  container?: { id: string; host: string; host_name: string; name: string; service: string; project: string }
  log?: ToldLine
  sample?: { time: string } & Record<string, unknown>
  event?: { action: string; time: string; attributes: Record<string, string> }
  detail: string
  message: string
  more: ToldLine[]
}
