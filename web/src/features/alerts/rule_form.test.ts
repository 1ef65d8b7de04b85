import { describe, expect, it } from 'vitest'
import type { RuleKeys } from '@/lib/api/types'
import { changes_between, empty_form, form_of, rule_of } from './rule_form'
import { modifiers_of } from './rule_summary'
import { STARTERS } from './starter_rules'

/** As the API gives them back: lengths of time in its own words, nothing that is as by default. */
const RULES: Record<string, RuleKeys> = {
  plain: { name: 'errors', enabled: true, severity: 'warning', log: 'level >= "error"' },
  off: { name: 'errors', enabled: false, severity: 'info', log: 'true' },
  everything: {
    name: 'many 5xx',
    enabled: true,
    severity: 'critical',
    labels: { team: 'shop', '': 'x' },
    runbook: 'https://example.org/run?a=b',
    message: '{{ container.name }}\n{{ detail }}',
    containers: 'project == "shop"\n// of all hosts\nand running',
    log: '(fields?.status ?? 0) >= 500',
    count: { over: 20, in: '5m' },
    by: ['container.service', 'fields.tenant'],
    cooldown: '1h30m',
    resolve: 'text contains "drained"',
    schedule: { days: ['mon', 'fri'], from: '22:00', to: '06:00', zone: 'Europe/Paris' },
    destinations: [3, 1],
    escalate: { after: '15m', destinations: [2] },
  },
  'without a cooldown': { name: 'cpu', enabled: true, severity: 'warning', metric: 'cpu > 80', cooldown: '0s' },
  'count over none': { name: 'any', enabled: true, severity: 'warning', event: 'name == "oom"', count: { over: 0, in: '1m' } },
  absent: { name: 'heartbeat', enabled: true, severity: 'warning', log: 'text contains "heartbeat"', absent: '10m' },
  'absent always': { name: 'heartbeat', enabled: true, severity: 'warning', log: 'true', absent: { for: '1h', always: true } },
  spike: { name: 'spike', enabled: true, severity: 'warning', event: 'true', spike: { factor: 2.5, in: '5m', min: 20 } },
  'spike without a least number': { name: 'spike', enabled: true, severity: 'warning', log: 'true', spike: { factor: 3, in: '5m' } },
  held: { name: 'busy', enabled: true, severity: 'warning', metric: 'cpu > 80', for: '5m', share: 0.285 },
  window: { name: 'leak', enabled: true, severity: 'warning', metric: 'memoryUsage > 1', window: { rate: '1h' }, for: '30m' },
  'a schedule of all days': { name: 'night', enabled: true, severity: 'warning', log: 'true', schedule: { from: '22:00', to: '06:00' } },
}

describe('a rule and its form', () => {
  it.each(Object.entries(RULES))('say the same: %s', (_, rule) => expect(rule_of(form_of(rule))).toEqual(rule))
  it('ignore what the server adds', () => {
    const shown = { ...RULES.plain!, id: 5, version: 2, matches: 7, error: null, failures: { count: 0, error: null, line: null } }
    expect(rule_of(form_of(shown))).toEqual(RULES.plain)
  })
  it('leave all containers unsaid', () => expect(rule_of(form_of({ ...RULES.plain!, containers: 'true' }))).toEqual(RULES.plain))
  it('keep what is no number as it was typed, for the server to refuse', () => {
    const form = { ...empty_form(), name: ' x ', condition: 'true', mode: 'count' as const, count: { over: 'many', in: '' } }
    expect(rule_of(form)).toEqual({ name: 'x', enabled: true, severity: 'warning', log: 'true', count: { over: 'many', in: '' } })
  })
  it('send nothing of another kind than is chosen', () => {
    const form = { ...form_of(RULES.window!), kind: 'log' as const }
    expect(rule_of(form)).toEqual({ name: 'leak', enabled: true, severity: 'warning', log: 'memoryUsage > 1' })
  })
  it('do not share their lists', () => {
    const rule: RuleKeys = { name: 'x', log: 'true', by: ['a'], destinations: [1] }
    const form = form_of(rule)
    form.by.push('b')
    form.destinations.push(2)
    expect(rule).toEqual({ name: 'x', log: 'true', by: ['a'], destinations: [1] })
  })
  it('send days in their order', () => {
    const form = { ...form_of(RULES.everything!) }
    form.schedule.days = ['sun', 'mon']
    expect(rule_of(form).schedule).toMatchObject({ days: ['mon', 'sun'] })
  })
})

describe('versions of a rule', () => {
  it('differ by keys', () =>
    expect(changes_between({ name: 'a', log: 'x', count: { over: 1, in: '5m' } }, { name: 'a', event: 'x', count: { over: 2, in: '5m' } })).toEqual([
      { key: 'log', before: 'x', after: null },
      { key: 'count', before: '{"over":1,"in":"5m"}', after: '{"over":2,"in":"5m"}' },
      { key: 'event', before: null, after: 'x' },
    ]))
})

describe('starter rules', () => {
  it.each(STARTERS)('pass through the form: $key', ({ rule }) => {
    const whole = { ...rule, name: 'x', enabled: true }
    expect(rule_of(form_of(whole))).toEqual(whole)
  })
})

describe('the words beside a rule', () => {
  it('say what joins its condition', () =>
    expect(modifiers_of(RULES.window!)).toEqual([
      ['alerts.rules.says.rate', { in: '1h' }],
      ['alerts.rules.says.for', { for: '30m' }],
    ]))
})
