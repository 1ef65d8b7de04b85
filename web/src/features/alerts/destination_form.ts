// A destination's form, made from the table of its type (GET /api/v1/destination-types).
import type { Destination, DestinationType } from '@/lib/api/types'

/** Stands for a secret that the server keeps; sent back, it stays what it is. */
export const HIDDEN = '***'
export type Field = DestinationType['fields'][number]

export interface DestinationForm {
  name: string
  type: string
  /** By key, as they are typed: lists one entry a line, flags `true` or nothing. */
  values: Record<string, string>
  headers: { name: string; value: string }[]
  rate: string
  concurrency: string
  deadline: string
}

export const empty_destination = (type: string): DestinationForm => ({ name: '', type, values: {}, headers: [], rate: '', concurrency: '', deadline: '' })

// What has to do with the way and not with whom it goes to; a form has it further down.
const WAY = new Set(['ca', 'client_certificate', 'client_key', 'insecure_skip_verify', 'proxy'])
export const is_about_way = ({ key }: Field): boolean => WAY.has(key)

export function destination_form_of(destination: Destination, type: DestinationType): DestinationForm {
  const form = empty_destination(destination.type)
  form.name = destination.name
  for (const { key } of type.fields) {
    const value = destination[key]
    if (value !== undefined) form.values[key] = Array.isArray(value) ? value.join('\n') : String(value)
  }
  form.headers = Object.entries((destination.headers ?? {}) as Record<string, string>).map(([name, value]) => ({ name, value }))
  form.rate = destination.rate ?? ''
  form.concurrency = destination.concurrency === undefined ? '' : String(destination.concurrency)
  form.deadline = destination.deadline ?? ''
  return form
}

const whole = (typed: string): number | string => (/^\s*[+-]?\d+\s*$/.test(typed) ? Number(typed) : typed.trim())

function value_of({ kind }: Field, typed: string): unknown {
  switch (kind) {
    case 'number':
      return whole(typed)
    case 'flag':
      return typed === 'true'
    case 'list':
      return typed.split('\n').map((entry) => entry.trim()).filter(Boolean)
    case 'text':
      return typed
    default:
      return typed.trim()
  }
}

/** The destination that the API takes. Fields of other types than the chosen one are left out, and so is what is empty. */
export function destination_of(form: DestinationForm, type: DestinationType): Record<string, unknown> {
  const made: Record<string, unknown> = { name: form.name.trim(), type: form.type }
  for (const field of type.fields) {
    const typed = form.values[field.key] ?? ''
    if (typed.trim() !== '') made[field.key] = value_of(field, typed)
  }
  const headers = form.headers.filter(({ name, value }) => name.trim() || value.trim())
  if (type.takes_headers && headers.length) made.headers = Object.fromEntries(headers.map(({ name, value }) => [name.trim(), value.trim()]))
  if (form.rate.trim()) made.rate = form.rate.trim()
  if (form.concurrency.trim()) made.concurrency = whole(form.concurrency)
  if (form.deadline.trim()) made.deadline = form.deadline.trim()
  return made
}

/** A field's words: `client_certificate` is "Client certificate", `url` "URL". */
export function label_of({ key }: Pick<Field, 'key'>): string {
  const words = key.replaceAll('_', ' ').replace(/\b(url|ca|id|api)s?\b/g, (word) => word.replace(/url|ca|id|api/, (short) => short.toUpperCase()))
  return words[0]!.toUpperCase() + words.slice(1)
}
