// The expressions that the page writes for its reader. Whatever a line, a name or a field holds becomes a string literal and nothing else.
import type { Alert, Container } from '@/lib/api/types'
import { prefers_quotes } from './words'

/** A string literal of the expression language. */
export const quote = (text: string): string =>
  JSON.stringify(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)

const all_of = (parts: readonly string[]): string => parts.join(' and ')

/** The containers of the same name (a re-created one keeps it); with the host where there are several. `several_hosts`: whether names may repeat. */
export function same_container({ name, host }: { name: string; host: string }, several_hosts: boolean): string {
  return all_of([`name == ${quote(name)}`, ...(several_hosts ? [`host == ${quote(host)}`] : [])])
}

/** The containers of a service of a project. */
export const same_service = (project: string, service: string): string => all_of([`project == ${quote(project)}`, `service == ${quote(service)}`])

/** Several containers, by their names. */
export function these_containers(containers: readonly Pick<Container, 'name'>[]): string {
  const names = [...new Set(containers.map(({ name }) => name))]
  return names.length === 1 ? `name == ${quote(names[0]!)}` : `name in [${names.map(quote).join(', ')}]`
}

/** A field of a structured line by its path: `fields?.user?.["a b"]`. */
export const field_of = (path: readonly string[]): string =>
  path.reduce((before, key) => `${before}?.${prefers_quotes(key) ? `[${quote(key)}]` : key}`, 'fields')

/** A condition that a field has a value; null for values that nothing is equal to. */
export function field_is(path: readonly string[], value: unknown): string | null {
  if (typeof value === 'string') return `${field_of(path)} == ${quote(value)}`
  if (typeof value === 'boolean') return `${field_of(path)} == ${value}`
  if (typeof value === 'number' && Number.isFinite(value)) return `${field_of(path)} == ${value < 0 ? `(${value})` : value}`
  return null
}

export const text_has = (part: string): string => `text contains ${quote(part)}`
export const field_has = (path: readonly string[], part: string): string => `(${field_of(path)} ?? "") contains ${quote(part)}`

export type SilenceScope = 'both' | 'rule' | 'container'

/** Over a notification: those of an alert's rule, of its container, or of both. */
export function silence_of({ rule, notification }: Pick<Alert, 'rule' | 'notification'>, scope: SilenceScope, several_hosts: boolean): string {
  const container = notification?.container
  const parts = scope === 'container' && container ? [] : [`rule.id == ${rule}`]
  if (scope !== 'rule' && container) parts.push(`container.name == ${quote(container.name)}`, ...(several_hosts ? [`container.host == ${quote(container.host_name)}`] : []))
  return all_of(parts)
}
