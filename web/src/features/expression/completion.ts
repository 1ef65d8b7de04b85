// What may be written at a place of a text: variables, functions, fields and values seen in the loaded lines, operators.

import { i18n } from '@/locales/i18n'
import type { CheckAnswer } from './checker'
import { ENVIRONMENTS, find_variable, MOUNT_FIELDS, type EnvironmentName, type ValueType, type Variable } from './environment'
import { FUNCTIONS } from './functions'
import { read_expression, tokenize, type Token } from './lexer'
import { place_in, points_in } from './place'
import { is_words } from './reading'
import type { Seen } from './seen'
import './texts'
import type { Vocabulary } from './vocabulary'

export type OptionKind = 'variable' | 'field' | 'function' | 'operator' | 'keyword' | 'value'

export interface Option {
  label: string
  kind: OptionKind
  /** Beside the label: a type or a signature. */
  detail?: string
  help?: string
  /** What is written instead of the label. */
  apply?: string
  /** The better of two that match the same. */
  boost?: number
}
/** The options take the place of `[from, to)`. */
export interface Completions {
  from: number
  to: number
  options: Option[]
  /** Names or members belong here, of which the server may know more. */
  open: boolean
}

export interface Knowledge {
  environment: EnvironmentName
  seen: readonly Seen[]
  /** The text is that of a search box, where words are searched for. */
  search: boolean
  vocabulary: Vocabulary
  /** Asks the server what may be written at a place of an expression; null where it does not say. */
  ask?: (text: string, at: number, signal: AbortSignal) => Promise<CheckAnswer | null>
}

const TYPE_NAMES: Record<ValueType, string> = { any: 'any', string: 'text', level: 'level', integer: 'int', floating: 'float', boolean: 'bool', time: 'time', string_map: 'map', array: 'array' }
const TEXT_OPERATORS = ['contains', 'matches', 'startsWith', 'endsWith', '==', '!=', 'in', 'not in', 'not contains']
const NUMBER_OPERATORS = ['>=', '<=', '>', '<', '==', '!=', 'in']
const LEVEL_OPERATORS = ['>=', '==', '!=', '<=', '>', '<', 'in']
const ALL_OPERATORS = [...new Set([...TEXT_OPERATORS, ...NUMBER_OPERATORS])]
const HELPED = ['contains', 'matches', 'startsWith', 'endsWith', 'in']
const COMPARING = new Set(['==', '!=', '<', '<=', '>', '>=', 'contains', 'startsWith', 'endsWith'])
const NAME_BEFORE = /[\p{L}_$][\p{L}\p{Nd}_$]*$/u
const PLAIN_NAME = /^[\p{L}_$][\p{L}\p{Nd}_$]*$/u

const quoted = (value: string): string => JSON.stringify(value)

/** What the page knows of a place; null where nothing is known, or where it would only disturb. `asked`: the reader asked for it. */
export function complete(text: string, at: number, knowledge: Knowledge, asked: boolean): Completions | null {
  const found = knowledge.search && is_words(text, knowledge.environment) ? complete_words(text, at, knowledge, asked) : complete_expression(text, at, knowledge, asked)
  return found && (found.options.length > 0 || found.open) ? found : null
}

/** Adds to what the page knows of a place what the server says of it. */
export function join(known: Completions | null, told: CheckAnswer, text: string): Completions | null {
  if (!known?.open || told.replace_from === undefined || place_in(text, told.replace_from) !== known.from) return known
  const labels = new Set(known.options.map((option) => option.label))
  const member = /\.\s*$/.test(text.slice(0, known.from))
  const more = (told.completions ?? []).flatMap(({ label, kind, detail, help }): Option[] => {
    const name = kind === 'function' ? label.replace(/\($/, '') : label
    // Values are known better here, where it is seen whether they are texts or numbers.
    if (kind === 'value' || labels.has(name)) return []
    return [{ label: name, kind, boost: member ? 0 : -15, ...(detail && { detail: detail.startsWith(`${name}(`) ? detail.slice(name.length) : detail }), ...(help && { help }) }]
  })
  return { ...known, options: [...known.options, ...more] }
}

/** The question for the server about a place: an expression, and the code points of it before the place. */
export function question_at(text: string, at: number): { expression: string; caret: number } {
  const expression = text.trim()
  const left_out = points_in(text) - points_in(text.trimStart())
  return { expression, caret: Math.max(0, Math.min(points_in(text.slice(0, at)) - left_out, points_in(expression))) }
}

/** The path before the dot that a place follows: `container` of `container.na`; empty elsewhere. */
export function base_at(text: string, at: number): string {
  const tokens = tokenize(text.slice(0, at), read_expression)
  if (tokens.at(-1)?.kind === 'property') tokens.pop()
  return /^\??\.$/.test(tokens.at(-1)?.text ?? '') ? path_before(tokens.slice(0, -1)) : ''
}

function complete_words(text: string, at: number, knowledge: Knowledge, asked: boolean): Completions | null {
  const before = text.slice(0, at)
  const value = /(?:^|[\s(-])([\p{L}_.][\p{L}\d_.-]*):(?:>=|<=|!=|>|<|=)?([^\s()"/]*)$/u.exec(before)
  if (value) {
    const options = values_of(value[1]!, knowledge).map((option) => ({ ...option, label: plain_value(option.label) }))
    return { from: at - value[2]!.length, to: at, options, open: false }
  }
  const word = /(?:^|[\s(-])([\p{L}_][\p{L}\d_.-]*)?$/u.exec(before)
  if (!word) return null
  const name = word[1] ?? ''
  // `message.` becomes an expression.
  const root = name.slice(0, Math.max(0, name.indexOf('.')))
  if (root && ENVIRONMENTS[knowledge.environment].some((variable) => variable.name === root || variable.name.startsWith(`${root}.`))) return complete_expression(text, at, knowledge, asked)
  const first = before.trim() === name
  const lone = find_variable(knowledge.environment, before.trim())
  // After a variable and a space, its operators: it may become an expression.
  if (name === '' && lone && before.trim() === text.trim()) return { from: at, to: at, options: operators_for(lone.type), open: false }
  if (name === '' && !asked) return null
  const from = at - name.length
  const fields = short_fields(knowledge).map((option) => ({ ...option, label: `${option.label}:` }))
  // The first word may yet become an expression.
  return { from, to: at, options: first ? [...fields, ...operands(knowledge)] : fields, open: false }
}

/** A value as the shorthand writes it: quotes only where they are needed. */
function plain_value(literal: string): string {
  if (!literal.startsWith('"')) return literal
  const value = JSON.parse(literal) as string
  return /^[^\s()"/]+$/.test(value) ? value : literal
}

function complete_expression(text: string, at: number, knowledge: Knowledge, asked: boolean): Completions | null {
  const all = tokenize(text, read_expression)
  const inside = all.find((token) => token.from < at && (at < token.to || (at === token.to && (token.open || token.text.startsWith('//')))))
  if (inside?.kind === 'comment') return null
  if (inside?.kind === 'string') return complete_string(all, inside, knowledge)
  const partial = NAME_BEFORE.exec(text.slice(0, at))?.[0] ?? ''
  const from = at - partial.length
  const before = all.filter((token) => token.to <= from && token.kind !== 'comment')
  const last = before.at(-1)
  // In the middle of a name, all of it is meant.
  const to = partial || last?.text.endsWith('.') ? at + /^[\p{L}\p{Nd}_$]*/u.exec(text.slice(at))![0].length : at
  if (last?.kind === 'number' && last.to === from && partial) return null
  if (last?.text === '.' || last?.text === '?.') return { from, to, options: members(before.slice(0, -1), knowledge), open: true }
  if (last && ends_operand(last)) {
    if (last.to === from && !asked) return null
    const path = path_before(before)
    const known = path && find_exactly(knowledge.environment, path)
    const complete_condition = !path || before.at(-2)?.kind === 'operator' || COMPARING.has(before.at(-2)?.text ?? '')
    const joints: Option[] = ['and', 'or'].map((label) => ({ label, kind: 'keyword' }))
    return { from, to, options: complete_condition && !known ? [...joints, ...operators_for('any')] : [...operators_for(known ? known.type : 'any'), ...joints], open: false }
  }
  const compared = compared_path(before)
  const values = compared ? values_of(compared, knowledge).map((option) => ({ ...option, boost: 70 + (option.boost ?? 0) })) : []
  if (!partial && !asked) return { from, to, options: values, open: false }
  return { from, to, options: [...values, ...operands(knowledge), ...prefixes()], open: true }
}

/** In a string that is compared with something: what that may be, quotes and all. */
function complete_string(all: Token[], inside: Token, knowledge: Knowledge): Completions | null {
  const path = compared_path(all.slice(0, all.indexOf(inside)))
  if (!path) return null
  return { from: inside.from, to: inside.to, options: values_of(path, knowledge).filter((option) => option.label.startsWith('"')), open: false }
}

const ends_operand = (token: Token): boolean => ['name', 'property', 'constant', 'number', 'string', 'pointer'].includes(token.kind) || ')]}'.includes(token.text)

/** `a.b?.c` that ends with the last of these tokens, as `a.b.c`; empty where it is something else. */
function path_before(tokens: readonly Token[]): string {
  const parts: string[] = []
  for (let i = tokens.length - 1; i >= 0; i -= 2) {
    const token = tokens[i]!
    if (token.kind !== 'name' && token.kind !== 'property') return ''
    parts.unshift(token.text)
    const dot = tokens[i - 1]?.text
    if (dot !== '.' && dot !== '?.') return token.kind === 'name' ? parts.join('.') : ''
  }
  return ''
}

/** What the value that comes next is compared with: the path before an operator, or before `in [… ,`. */
function compared_path(before: readonly Token[]): string {
  let i = before.length - 1
  while (i >= 0 && (before[i]!.kind === 'string' || before[i]!.text === ',')) i -= 1
  if (before[i]?.text === '[' && before[i - 1]?.text === 'in') i -= 1
  else if (i !== before.length - 1 || !COMPARING.has(before[i]?.text ?? '')) return ''
  i -= 1
  if (before[i]?.text === 'not') i -= 1
  // `lower(text) contains`: what is in the call.
  if (before[i]?.text === ')') i -= 1
  return path_before(before.slice(0, i + 1))
}

const find_exactly = (environment: EnvironmentName, name: string) => ENVIRONMENTS[environment].find((variable) => variable.name === name)

/** The name under which a path is known in what was seen: `message.status` and `fields.status` are the field `status`. */
function seen_name(path: string, knowledge: Knowledge): string {
  const field = knowledge.environment === 'log' ? /^(?:message|fields)\.(.+)/.exec(path)?.[1] : undefined
  return field ?? find_variable(knowledge.environment, path)?.name ?? path
}

function values_of(path: string, knowledge: Knowledge): Option[] {
  const name = seen_name(path, knowledge)
  const variable = find_variable(knowledge.environment, path)
  const literals = new Set([...(variable?.values ?? []).map(quoted), ...(variable?.type === 'boolean' ? ['true', 'false'] : [])])
  for (const field of knowledge.seen) if (field.path === name) field.values.forEach((value) => literals.add(value))
  return [...literals].map((label, i) => ({ label, kind: 'value', boost: -Math.min(i, 50) }))
}

function operators_for(type: ValueType): Option[] {
  const labels = type === 'level' ? LEVEL_OPERATORS : type === 'integer' || type === 'floating' || type === 'time' ? NUMBER_OPERATORS : type === 'string' ? TEXT_OPERATORS : type === 'boolean' ? ['and', 'or', '==', '!='] : ALL_OPERATORS
  return labels.map((label, i) => ({ label, kind: 'operator', ...(HELPED.includes(label) && { help: i18n.global.t(`expr.${label}`) }), apply: `${label} `, boost: -i }))
}

const variable_options = (knowledge: Knowledge): Option[] => {
  const groups = new Set<string>()
  const options: Option[] = []
  for (const variable of ENVIRONMENTS[knowledge.environment]) {
    const { name } = variable
    const dot = name.indexOf('.')
    if (dot < 0) options.push({ label: name, kind: 'variable', ...described(variable, knowledge), boost: 10 })
    else groups.add(name.slice(0, dot))
  }
  for (const label of groups) options.push({ label, kind: 'variable', help: i18n.global.t('expr.container'), boost: 9 })
  return options
}

/** The type of a variable, and what the server says of it. */
function described({ name, type }: Variable, knowledge: Knowledge): Pick<Option, 'detail' | 'help'> {
  const help = knowledge.vocabulary.variable(knowledge.environment, name)?.help
  return { detail: TYPE_NAMES[type], ...(help && { help }) }
}

function operands(knowledge: Knowledge): Option[] {
  // A variable hides the function of its name: `type` of a line.
  const called = [...FUNCTIONS].filter((name) => !find_exactly(knowledge.environment, name))
  const functions: Option[] = called.map((name) => {
    const told = knowledge.vocabulary.function(name)
    return { label: name, kind: 'function', ...(told && { detail: told.detail.slice(name.length), help: told.help }), boost: -10 }
  })
  const fields: Option[] = knowledge.environment === 'log' ? field_options(knowledge, '').map((option) => ({ ...option, label: access('fields', option.label), boost: 5 })) : []
  return [...variable_options(knowledge), ...fields, ...functions]
}

const prefixes = (): Option[] => ['not', 'true', 'false', 'nil', 'let', 'if'].map((label) => ({ label, kind: 'keyword', boost: -20 }))

/** `fields?.user?.name`; a key that is no name goes into brackets. */
const access = (root: string, path: string): string => root + path.split('.').map((key) => (PLAIN_NAME.test(key) ? `?.${key}` : `?.[${quoted(key)}]`)).join('')

/** The fields seen under a prefix such as `user.`, one step deep. */
function field_options(knowledge: Knowledge, prefix: string): Option[] {
  const options = new Map<string, Option>()
  for (const { path, values } of knowledge.seen) {
    if (!path.startsWith(prefix) || find_exactly(knowledge.environment, path)?.name.startsWith('container.')) continue
    const key = path.slice(prefix.length)
    if (prefix && key.includes('.')) continue
    options.set(key, { label: key, kind: 'field', ...(values[0] && { detail: values[0] }), boost: -Math.min(options.size, 50) })
  }
  return [...options.values()]
}

function members(before: readonly Token[], knowledge: Knowledge): Option[] {
  const path = path_before(before)
  if (!path) {
    // `.field` of the item in a predicate over mounts.
    if (before.at(-1) && ends_operand(before.at(-1)!)) return []
    return before.some((token) => token.text === 'mounts') ? MOUNT_FIELDS.map((label) => ({ label, kind: 'field' })) : []
  }
  const group = ENVIRONMENTS[knowledge.environment].filter((variable) => variable.name.startsWith(`${path}.`))
  if (group.length > 0) return group.map((variable, i) => ({ label: variable.name.slice(path.length + 1), kind: 'variable', ...described(variable, knowledge), boost: -i }))
  const [root, ...rest] = path.split('.')
  if (knowledge.environment === 'log' && (root === 'message' || root === 'fields'))
    return field_options(knowledge, rest.map((key) => `${key}.`).join('')).filter((option) => !option.label.includes('.') && PLAIN_NAME.test(option.label))
  return field_options(knowledge, `${path}.`).filter((option) => PLAIN_NAME.test(option.label))
}

/** What may stand before a colon in the shorthand: variables by their short names, and fields. */
function short_fields(knowledge: Knowledge): Option[] {
  const options = new Map<string, Option>()
  for (const variable of ENVIRONMENTS[knowledge.environment]) {
    const { name, type } = variable
    const short = name.replace(/^container\./, '')
    if (type === 'any' || type === 'array' || type === 'string_map' || type === 'time' || options.has(short)) continue
    options.set(short, { label: short, kind: 'variable', ...described(variable, knowledge), boost: name === short ? 12 : 0 })
  }
  if (knowledge.environment === 'log')
    for (const option of field_options(knowledge, '')) if (!options.has(option.label)) options.set(option.label, { ...option, boost: 6 })
  return [...options.values()]
}
