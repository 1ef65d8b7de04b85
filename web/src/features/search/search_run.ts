import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { BOTH_STREAMS, ALL_LEVELS, LEVELS, STDOUT } from '@/features/logs/engine/entry'
import { bounds_of } from '@/features/range/time_range'
import { ask_stream, Refusal, refusal_of } from '@/lib/api/ask'
import type { ApiRecord, Problem, SearchEnd, SearchLine } from '@/lib/api/types'
import type { SearchQuery } from './search_url'

export interface SearchState {
  /** `stopped`: the reader did; what was found stays. */
  phase: 'idle' | 'running' | 'done' | 'stopped' | 'failed'
  /** Newest first. */
  found: ApiRecord[]
  problem: Problem | null
  /** Of all that was looked through since the search began. */
  scanned_lines: number
  scanned_bytes: number
  skipped_blocks: number
  /** Places where history has lines that cannot be read. */
  gaps: number
  /** Where to go on; null: all was looked through. */
  cursor: string | null
  /** When the newest part began, in ms, and how long all parts before took. */
  began: number
  took: number
}

const NOTHING: SearchState = { phase: 'idle', found: [], problem: null, scanned_lines: 0, scanned_bytes: 0, skipped_blocks: 0, gaps: 0, cursor: null, began: 0, took: 0 }

// Lines that one part of a search gives; then the reader says whether to go on.
const PART = 500
/** What the page holds of one search, about 20 MB: who has not found it among these needs another question. */
export const MOST_FOUND = 20_000
// Lines are shown together once in this time.
const SHOW_EVERY_MS = 80

/** Which lines a search is about, as parameters of the API. */
export function lines_asked({ q, where, range, levels, streams }: SearchQuery, now: number, more: Record<string, string | null>): URLSearchParams {
  const { since, until } = bounds_of(range, now)
  const values: Record<string, string | null> = {
    q,
    containers: where,
    since,
    until,
    levels: levels === ALL_LEVELS ? '' : LEVELS.filter((_, i) => levels & (1 << i)).join(','),
    streams: streams === BOTH_STREAMS ? '' : streams === STDOUT ? 'stdout' : 'stderr',
    ...more,
  }
  return new URLSearchParams(Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1])))
}
export const search_path = (query: SearchQuery, now: number, cursor: string | null): string => `search?${lines_asked(query, now, { limit: String(PART), cursor })}`

export interface SearchRun {
  state: ShallowRef<SearchState>
  /** Searches anew; what was found before goes. */
  start(query: SearchQuery): void
  /** Looks through what comes after. */
  further(): void
  stop(): void
  clear(): void
}

/** A search that streams; it is given up with the calling scope, and then ends at the server too. */
export function use_search(): SearchRun {
  const state = shallowRef<SearchState>(NOTHING)
  let aborter = new AbortController()
  let asked: SearchQuery | null = null
  // A part goes on in the same range: "the last hour" is the one before the search began.
  let now = 0

  async function run(cursor: string | null): Promise<void> {
    aborter.abort()
    const mine = (aborter = new AbortController())
    const before = state.value
    const next: SearchState = { ...before, phase: 'running', problem: null, began: Date.now() }
    state.value = next
    let end: SearchEnd | null = null
    let fresh: ApiRecord[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = (more: Partial<SearchState> = {}) => {
      clearTimeout(timer)
      timer = undefined
      if (mine.signal.aborted) return
      state.value = { ...state.value, ...more, found: fresh.length ? [...state.value.found, ...fresh] : state.value.found }
      fresh = []
    }
    const scanned = (part: SearchEnd) => ({
      scanned_lines: before.scanned_lines + part.scanned_lines,
      scanned_bytes: before.scanned_bytes + part.scanned_bytes,
      skipped_blocks: before.skipped_blocks + part.skipped_blocks,
    })
    try {
      await ask_stream<SearchLine>(
        search_path(asked!, now, cursor),
        (line) => {
          if ('end' in line) end = line.end
          else if ('gap' in line) state.value = { ...state.value, gaps: state.value.gaps + 1 }
          else fresh.push(line)
          timer ??= setTimeout(show, SHOW_EVERY_MS)
        },
        mine.signal,
      )
      if (!end) throw new Refusal({ title: 'app.cut_off', status: 0 })
      show({ phase: 'done', ...scanned(end), cursor: (end as SearchEnd).cursor, took: before.took + Date.now() - next.began })
    } catch (error) {
      show({ phase: 'failed', problem: refusal_of(error), took: before.took + Date.now() - next.began })
    }
  }
  function stop(): void {
    if (state.value.phase !== 'running') return
    aborter.abort()
    state.value = { ...state.value, phase: 'stopped', took: state.value.took + Date.now() - state.value.began }
  }
  onScopeDispose(() => aborter.abort())
  return {
    state,
    start: (query) => {
      asked = query
      now = Date.now()
      state.value = NOTHING
      void run(null)
    },
    further: () => {
      const { cursor, phase, found } = state.value
      if (asked && cursor && phase !== 'running' && found.length < MOST_FOUND) void run(cursor)
    },
    stop,
    clear: () => {
      aborter.abort()
      state.value = NOTHING
    },
  }
}
