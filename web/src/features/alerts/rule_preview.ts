// What a rule would have said of the last hours, asked while it is being written.
import { ask, ask_lines, refusal_of } from '@/lib/api/ask'
import type { paths } from '@/lib/api/openapi'
import type { ApiRecord, Problem } from '@/lib/api/types'
import { rule_of, type RuleForm } from './rule_form'

export type Preview = paths['/api/v1/rules/preview']['post']['responses']['200']['content']['application/json']
export const SPANS = ['1h', '6h', '1d', '7d', '30d'] as const
export type Span = (typeof SPANS)[number]

/** Real lines, newest first, with those marked for which the condition holds. */
export interface Sampled {
  line: ApiRecord
  matches: boolean
}
export interface Sample {
  lines: Sampled[]
  /** From this one on, what does not match is left out; null: nothing is. */
  only_matches_from: number | null
}

export interface Tried {
  preview: Preview
  /** Null: the rule is not about lines, or they could not be read (`lines_problem`). */
  sample: Sample | null
  lines_problem: Problem | null
}

export type Outcome = { state: 'none' } | { state: 'asking'; last: Tried | null } | { state: 'tried'; tried: Tried } | { state: 'refused'; problem: Problem }

// Whom it tells and what else stands in a notification changes nothing of what is tried.
const OTHER = new Set(['destinations', 'escalate', 'labels', 'runbook', 'enabled'])

/** The rule of a form as it is tried; null as long as there is no condition. */
export function rule_to_try(form: RuleForm): Record<string, unknown> | null {
  if (form.condition.trim() === '') return null
  return Object.fromEntries(Object.entries(rule_of(form)).filter(([key, value]) => !OTHER.has(key) && !(key === 'name' && value === '')))
}

// What is shown of the newest lines, and of those that match.
const NEWEST = 16
const MATCHING = 16

const before = (a: ApiRecord, b: ApiRecord): number => (a.time < b.time ? 1 : a.time > b.time ? -1 : b.seq - a.seq)
const name_of = ({ container, seq }: ApiRecord): string => `${seq}/${container}`

/** The newest lines and the newest that match as one list. `all_of_them`: there are no others than `newest`. */
export function merge_sample(newest: ApiRecord[], matching: ApiRecord[], all_of_them: boolean): Sample {
  const marked = new Set(matching.map(name_of))
  const known = new Set(newest.map(name_of))
  const lines = [...newest, ...matching.filter((line) => !known.has(name_of(line)))].sort(before).map((line) => ({ line, matches: marked.has(name_of(line)) }))
  const oldest = newest.length ? newest.reduce((old, line) => (before(old, line) > 0 ? old : line)) : null
  const from = oldest ? lines.findIndex(({ line }) => name_of(line) === name_of(oldest)) + 1 : 0
  return { lines, only_matches_from: all_of_them || from >= lines.length ? null : from }
}

async function sample_of(rule: Record<string, unknown>, since: Span, signal: AbortSignal): Promise<Sample> {
  const read = (limit: number, filter?: string) =>
    ask_lines(`logs?${new URLSearchParams({ containers: String(rule.containers ?? 'true'), order: 'desc', limit: String(limit), since, ...(filter && { filter }) }).toString()}`, signal)
  const [newest, matching] = await Promise.all([read(NEWEST), read(MATCHING, String(rule.log))])
  return merge_sample(newest, matching, newest.length < NEWEST)
}

async function try_rule(rule: Record<string, unknown>, since: Span, signal: AbortSignal): Promise<Tried> {
  const preview = await ask<Preview>('POST', 'rules/preview', { ...rule, since }, signal)
  if (typeof rule.log !== 'string') return { preview, sample: null, lines_problem: null }
  try {
    return { preview, sample: await sample_of(rule, since, signal), lines_problem: null }
  } catch (error) {
    if (signal.aborted) throw error
    return { preview, sample: null, lines_problem: refusal_of(error) }
  }
}

// A preview takes up to five seconds: it is asked for once the typing pauses. The server makes two at a time and says so to others.
export const PAUSE_MS = 600
export const BUSY_MS = 2000

/** Tries a rule again and again while it changes: the last text only, one question at a time. `show` gets what is to be seen. */
export class Previewer {
  private timer: ReturnType<typeof setTimeout> | undefined
  private aborter: AbortController | null = null
  private asked = ''
  private last: Tried | null = null

  constructor(
    private readonly show: (outcome: Outcome) => void,
    private readonly attempt: typeof try_rule = try_rule,
  ) {}

  /** The rule is now this one. The same one is not asked about again. */
  change(rule: Record<string, unknown> | null, since: Span): void {
    const text = JSON.stringify([rule, since])
    if (text === this.asked) return
    this.stop()
    this.asked = text
    if (!rule) return this.show({ state: 'none' })
    this.show({ state: 'asking', last: this.last })
    this.timer = setTimeout(() => void this.ask(rule, since), PAUSE_MS)
  }

  /** Asks about the same rule again. */
  again(rule: Record<string, unknown> | null, since: Span): void {
    this.asked = ''
    this.change(rule, since)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.aborter?.abort()
    this.aborter = null
  }

  private async ask(rule: Record<string, unknown>, since: Span): Promise<void> {
    const { signal } = (this.aborter = new AbortController())
    try {
      const tried = await this.attempt(rule, since, signal)
      if (signal.aborted) return
      this.last = tried
      this.show({ state: 'tried', tried })
    } catch (error) {
      if (signal.aborted) return
      const problem = refusal_of(error)
      if (problem.status === 503) this.timer = setTimeout(() => void this.ask(rule, since), BUSY_MS)
      else this.show({ state: 'refused', problem })
    }
  }
}
