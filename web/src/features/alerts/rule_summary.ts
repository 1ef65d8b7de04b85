import type { RuleKeys } from '@/lib/api/types'
import { KINDS, WINDOWS, type Kind } from './rule_form'

export function condition_of(rule: RuleKeys): { kind: Kind; expression: string } {
  const kind = KINDS.find((each) => rule[each] !== undefined) ?? 'log'
  return { kind, expression: rule[kind] ?? '' }
}

/** What joins the condition, as keys of texts with their values: "more than 20 in 5m", "cooldown 30m". */
export function modifiers_of(rule: RuleKeys): [key: string, values: Record<string, unknown>][] {
  const said: [string, Record<string, unknown>][] = []
  if (rule.count) said.push(['alerts.rules.says.count', { ...rule.count }])
  if (rule.spike) said.push(['alerts.rules.says.spike', { ...rule.spike }])
  if (rule.absent !== undefined) said.push(['alerts.rules.says.absent', { for: typeof rule.absent === 'string' ? rule.absent : rule.absent.for }])
  for (const of of WINDOWS) if (rule.window?.[of]) said.push([`alerts.rules.says.${of}`, { in: rule.window[of] }])
  if (rule.for) said.push(['alerts.rules.says.for', { for: rule.for }])
  if (rule.cooldown) said.push(['alerts.rules.says.cooldown', { cooldown: rule.cooldown }])
  return said
}
