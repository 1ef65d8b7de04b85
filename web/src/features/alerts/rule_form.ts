// A rule as its form holds it, and as the API takes it (docs/alert-rules.md). Figures and lengths of time are kept as they are typed: what
// cannot be right is the server's to refuse, with its reason.
import type { RuleKeys, Severity } from '@/lib/api/types'

export const KINDS = ['log', 'metric', 'event'] as const
export type Kind = (typeof KINDS)[number]
/** What several lines, events or samples have to do with it; which of them go with a kind is in MODES. */
export type Mode = 'once' | 'count' | 'absent' | 'spike' | 'held'
export const MODES: Record<Kind, readonly Mode[]> = { log: ['once', 'count', 'absent', 'spike'], metric: ['once', 'held'], event: ['once', 'count', 'spike'] }
export const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical']
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export const WINDOWS = ['avg', 'max', 'rate'] as const

export interface RuleForm {
  name: string
  enabled: boolean
  severity: Severity
  /** Empty: all of them. */
  containers: string
  kind: Kind
  condition: string
  mode: Mode
  count: { over: string; in: string }
  absent: { for: string; always: boolean }
  spike: { factor: string; in: string; min: string }
  held: { for: string; share: string }
  /** Of a metric: instead of the newest sample. `of` empty: none. */
  window: { of: '' | (typeof WINDOWS)[number]; length: string }
  by: string[]
  /** Empty: the kind's own; `0s` is not empty. */
  cooldown: string
  resolve: string
  scheduled: boolean
  schedule: { days: string[]; from: string; to: string; zone: string }
  message: string
  runbook: string
  labels: { name: string; value: string }[]
  destinations: number[]
  escalate: { after: string; destinations: number[] }
}

export const empty_form = (): RuleForm => ({
  name: '',
  enabled: true,
  severity: 'warning',
  containers: '',
  kind: 'log',
  condition: '',
  mode: 'once',
  count: { over: '20', in: '5m' },
  absent: { for: '10m', always: false },
  spike: { factor: '3', in: '5m', min: '20' },
  held: { for: '5m', share: '' },
  window: { of: '', length: '5m' },
  by: [],
  cooldown: '',
  resolve: '',
  scheduled: false,
  schedule: { days: [], from: '', to: '', zone: '' },
  message: '',
  runbook: '',
  labels: [],
  destinations: [],
  escalate: { after: '15m', destinations: [] },
})

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

export function form_of(rule: RuleKeys): RuleForm {
  const form = empty_form()
  const kind = KINDS.find((each) => rule[each] !== undefined) ?? 'log'
  Object.assign(form, { name: rule.name, enabled: rule.enabled ?? true, severity: rule.severity ?? 'warning', kind, condition: text(rule[kind]) })
  form.containers = rule.containers === 'true' ? '' : text(rule.containers)
  if (rule.count) Object.assign(form, { mode: 'count', count: { over: text(rule.count.over), in: rule.count.in } })
  if (rule.spike) Object.assign(form, { mode: 'spike', spike: { factor: text(rule.spike.factor), in: rule.spike.in, min: text(rule.spike.min) } })
  if (rule.absent !== undefined) {
    const { for: length, always = false } = typeof rule.absent === 'string' ? { for: rule.absent } : rule.absent
    Object.assign(form, { mode: 'absent', absent: { for: length, always } })
  }
  if (rule.for !== undefined) Object.assign(form, { mode: 'held', held: { for: rule.for, share: rule.share === undefined ? '' : String(percent_of(rule.share)) } })
  const of = WINDOWS.find((each) => rule.window?.[each] !== undefined)
  if (of) form.window = { of, length: text(rule.window?.[of]) }
  form.by = [...(rule.by ?? [])]
  form.cooldown = text(rule.cooldown)
  form.resolve = text(rule.resolve)
  const { schedule, escalate } = rule
  if (schedule) Object.assign(form, { scheduled: true, schedule: { days: [...(schedule.days ?? [])], from: text(schedule.from), to: text(schedule.to), zone: text(schedule.zone) } })
  form.message = text(rule.message)
  form.runbook = text(rule.runbook)
  form.labels = Object.entries(rule.labels ?? {}).map(([name, value]) => ({ name, value }))
  form.destinations = [...(rule.destinations ?? [])]
  if (escalate) form.escalate = { after: escalate.after, destinations: [...escalate.destinations] }
  return form
}

/** 0.285 is 28.5 and not 28.499999999999996. */
const percent_of = (share: number): number => Number((share * 100).toPrecision(12))
/** A number where it is one; else what was typed, for the server to say what is wrong with it. */
const number = (typed: string): number | string => (typed.trim() !== '' && Number.isFinite(Number(typed)) ? Number(typed) : typed)

/** The rule that the API takes: what is as it would be anyway is left out. */
export function rule_of(form: RuleForm): Record<string, unknown> {
  const rule: Record<string, unknown> = { name: form.name.trim(), enabled: form.enabled, severity: form.severity }
  const put = (key: string, value: string) => {
    if (value.trim() !== '') rule[key] = value.trim()
  }
  const { kind, mode } = form
  put('containers', form.containers)
  rule[kind] = form.condition.trim()
  if (MODES[kind].includes(mode)) {
    if (mode === 'count') rule.count = { over: number(form.count.over), in: form.count.in.trim() }
    if (mode === 'absent') rule.absent = form.absent.always ? { for: form.absent.for.trim(), always: true } : form.absent.for.trim()
    if (mode === 'spike') rule.spike = { factor: number(form.spike.factor), in: form.spike.in.trim(), ...(form.spike.min.trim() && { min: number(form.spike.min) }) }
    if (mode === 'held') {
      rule.for = form.held.for.trim()
      const share = number(form.held.share)
      if (form.held.share.trim()) rule.share = typeof share === 'number' ? Number((share / 100).toPrecision(12)) : share
    }
  }
  if (kind === 'metric' && form.window.of) rule.window = { [form.window.of]: form.window.length.trim() }
  const by = form.by.map((each) => each.trim()).filter(Boolean)
  if (by.length) rule.by = by
  put('cooldown', form.cooldown)
  put('resolve', form.resolve)
  if (form.scheduled) {
    const { days, from, to, zone } = form.schedule
    rule.schedule = { ...(days.length && { days: DAYS.filter((day) => days.includes(day)) }), ...(from && { from }), ...(to && { to }), ...(zone.trim() && { zone: zone.trim() }) }
  }
  put('message', form.message)
  put('runbook', form.runbook)
  const labels = form.labels.filter(({ name, value }) => name.trim() || value.trim())
  if (labels.length) rule.labels = Object.fromEntries(labels.map(({ name, value }) => [name.trim(), value]))
  if (form.destinations.length) rule.destinations = [...form.destinations]
  if (form.escalate.destinations.length) rule.escalate = { after: form.escalate.after.trim(), destinations: [...form.escalate.destinations] }
  return rule
}

export interface Change {
  key: string
  before: string | null
  after: string | null
}
/** What differs between two versions of a rule, key by key. */
export function changes_between(before: RuleKeys | undefined, after: RuleKeys): Change[] {
  const print = (value: unknown) => (value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value))
  const [old, now] = [(before ?? {}) as Record<string, unknown>, after as Record<string, unknown>]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) => {
    const change = { key, before: print(old[key]), after: print(now[key]) }
    return change.before === change.after ? [] : [change]
  })
}
