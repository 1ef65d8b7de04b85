import './texts'
import { ask } from '@/lib/api/ask'
import type { RuleKeys } from '@/lib/api/types'
import { i18n } from '@/locales/i18n'
import { STARTERS } from './starter_rules'

export const starter_name = (key: string): string => i18n.global.t(`alerts.starters.${key}`)

/** Adds those of the starter rules that are `wanted`, by their keys, and says of each when the server has it. Throws what it refuses with: what is there by then stays. */
export async function add_starters(wanted: ReadonlySet<string>, keys: Pick<RuleKeys, 'destinations'>, added: (key: string) => void): Promise<void> {
  for (const { key, rule } of STARTERS) {
    if (!wanted.has(key)) continue
    await ask('POST', 'rules', { ...rule, name: starter_name(key), ...keys })
    added(key)
  }
}
