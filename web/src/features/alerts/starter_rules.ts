import type { RuleKeys } from '@/lib/api/types'

/** Rules that nearly everybody wants, offered while there are none. Their names come from the texts. */
export const STARTERS: readonly { key: string; rule: Omit<RuleKeys, 'name' | 'enabled'> }[] = [
  { key: 'bad_exit', rule: { severity: 'warning', event: 'name == "die" and attributes.exitCode not in ["0", "130", "137", "143"]', cooldown: '5m' } },
  { key: 'unhealthy', rule: { severity: 'warning', event: 'name startsWith "health_status" and attributes.healthStatus == "unhealthy"', cooldown: '5m' } },
  { key: 'oom', rule: { severity: 'critical', event: 'name == "oom"', cooldown: '5m' } },
  { key: 'restart_loop', rule: { severity: 'critical', event: 'name == "start"', count: { over: 3, in: '5m' }, cooldown: '15m' } },
  { key: 'errors', rule: { severity: 'warning', log: 'level >= "error"', spike: { factor: 3, in: '5m', min: 20 }, cooldown: '30m' } },
  { key: 'disk', rule: { severity: 'warning', metric: 'any(mounts, .usedPercent >= 85)', for: '1m', cooldown: '1h' } },
  { key: 'engine', rule: { severity: 'critical', event: 'name == "host_unreachable"', resolve: 'name == "host_connected"' } },
]
