import { computed, watch, type ComputedRef } from 'vue'
import { use_resource } from '@/features/alerts/resource'
import { LEVELS } from '@/features/logs/engine/entry'
import { ask } from '@/lib/api/ask'
import type { ApiComparedPattern, ApiComparedPatterns, ApiPattern, ApiPatterns, Problem } from '@/lib/api/types'
import { parse_time } from '@/lib/format/time'
import { lines_asked } from './search_run'
import type { SearchQuery } from './search_url'

/** A pattern as it is shown; `base` and `surprise` where it is compared. */
export interface Pattern {
  id: string
  /** The template in pieces: fixed text at even places, what differs between them. */
  pieces: string[]
  filter: string
  lines: number
  base: number | null
  /** Negative where there are fewer lines than before. */
  surprise: number | null
  /** Lines by LEVELS. */
  levels: number[]
  /** The worst level that is known of its lines, by its place in LEVELS. */
  worst: number
  first: number | null
  last: number | null
  first_cursor: string | null
  last_cursor: string | null
  example: string | null
  containers: ApiPattern['containers']
  container_count: number
}

export interface Patterns {
  patterns: Pattern[]
  found: number
  lines: number
  base_lines: number
  other_lines: number
  truncated: boolean
  complete: boolean
  damaged: number
  took: number
  /** From the first to the last line of all that are shown, in ms. */
  from: number
  until: number
  /** Fields whose values moved, by a sample; none where nothing is compared. */
  fields: MovedField[]
  metrics: MovedMetric[]
  events: MovedEvent[]
}

/** A field as two sets of lines have it: shares of its values that moved most, or the middle of numbers. */
export interface MovedField {
  name: string
  values: { value: string; share: number; base: number }[]
  median: number | null
  base_median: number | null
}

/** A metric whose mean is another, of one container or of all together. */
export interface MovedMetric {
  metric: string
  unit: string
  container: string | null
  name: string | null
  mean: number
  base: number
}

/** Something that happened more or less often. */
export interface MovedEvent {
  action: string
  container: string | null
  name: string | null
  count: number
  base: number
}

/** What of a list is asked for: who has not found it among these needs another question. */
export const MOST_PATTERNS = 500
export const MARK = '<*>'

const ms_of = (time: string | null): number | null => (time === null ? null : (parse_time(time)?.ms ?? null))
// `unknown` is the last of LEVELS; what is worse stands before it.
const KNOWN = LEVELS.length - 1

function pattern_of(given: ApiPattern | ApiComparedPattern): Pattern {
  const levels = LEVELS.map((level) => given.levels[level] ?? 0)
  const known = levels.slice(0, KNOWN).findLastIndex((count) => count > 0)
  return {
    id: given.id,
    pieces: given.template.split(MARK),
    filter: given.filter,
    lines: given.lines,
    base: 'base_lines' in given ? given.base_lines : null,
    surprise: 'surprise' in given ? given.surprise : null,
    levels,
    worst: known < 0 ? KNOWN : known,
    first: ms_of(given.first),
    last: ms_of(given.last),
    first_cursor: given.first_cursor,
    last_cursor: given.last_cursor,
    example: given.example,
    containers: given.containers,
    container_count: given.container_count,
  }
}

const moved_of = ({ name, values, lines, base_lines, median, base_median }: ApiComparedPatterns['fields'][number]): MovedField => ({
  name,
  median,
  base_median,
  values: values.map((each) => ({ value: each.value, share: lines ? each.lines / lines : 0, base: base_lines ? each.base_lines / base_lines : 0 })),
})

type Compared = Pick<Patterns, 'base_lines' | 'fields' | 'metrics' | 'events'>

function compared_of(given: ApiPatterns | ApiComparedPatterns): Compared {
  if (!('fields' in given)) return { base_lines: 0, fields: [], metrics: [], events: [] }
  return {
    base_lines: given.base_lines,
    fields: given.fields.map(moved_of),
    metrics: (given.metrics ?? []).map(({ metric, unit, container, name, mean, base_mean }) => ({ metric, unit, container, name, mean, base: base_mean })),
    events: (given.events ?? []).map(({ action, container, name, count, base_count }) => ({ action, container, name, count, base: base_count })),
  }
}

export function patterns_of(given: ApiPatterns | ApiComparedPatterns): Patterns {
  const patterns = given.patterns.map(pattern_of)
  return {
    patterns,
    found: given.found,
    lines: given.lines,
    other_lines: given.other_lines,
    truncated: given.truncated,
    complete: given.complete,
    damaged: given.damaged_lines,
    took: given.elapsed_ms,
    from: patterns.reduce((least, { first }) => (first !== null && first < least ? first : least), Infinity),
    until: patterns.reduce((most, { last }) => (last !== null && last > most ? last : most), -Infinity),
    ...compared_of(given),
  }
}

export function patterns_path(query: SearchQuery, now: number): string {
  const limit = String(MOST_PATTERNS)
  if (query.compared) return `patterns/compare?${lines_asked(query, now, { limit })}`
  return `patterns?${lines_asked(query, now, { limit, new_since: query.fresh })}`
}

/** The expression of a search that is narrowed to a pattern's lines, or to all others. */
export function narrowed(q: string, filter: string, without: boolean): string {
  const of_pattern = without ? `not (${filter})` : filter
  return q ? `(${q}) and ${of_pattern}` : of_pattern
}

export interface FoundPatterns {
  /** Null until they are there, also where the last question was another one. */
  patterns: ComputedRef<Patterns | null>
  problem: ComputedRef<Problem | null>
  reload(): void
}

/** Asks for what `query` says, and again when that changes; null: for nothing. */
export function use_patterns(query: () => SearchQuery | null): FoundPatterns {
  const key = computed(() => JSON.stringify(query()))
  const asked = use_resource<{ key: string; patterns: Patterns } | null>(async (signal) => {
    const question = query()
    const mine = key.value
    if (question === null) return null
    return { key: mine, patterns: patterns_of(await ask<ApiPatterns | ApiComparedPatterns>('GET', patterns_path(question, Date.now()), undefined, signal)) }
  })
  watch(key, () => {
    asked.problem.value = null
    void asked.reload()
  })
  return {
    patterns: computed(() => (asked.data.value?.key === key.value ? asked.data.value.patterns : null)),
    problem: computed(() => asked.problem.value),
    reload: () => {
      asked.data.value = null
      asked.problem.value = null
      void asked.reload()
    },
  }
}
