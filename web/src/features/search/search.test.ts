import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { ALL_LEVELS, BOTH_STREAMS, LEVELS, STDERR } from '@/features/logs/engine/entry'
import { ALL, parse_range } from '@/features/range/time_range'
import type { ApiRecord } from '@/lib/api/types'
import { hit_ranges, needles_of } from './hits'
import { ResultRows } from './result_rows'
import { search_path, use_search } from './search_run'
import { read_search, write_search, type SearchQuery } from './search_url'

const PLAIN: SearchQuery = { q: '', typed: '', where: '', range: ALL, levels: ALL_LEVELS, streams: BOTH_STREAMS, by: 'time', fresh: '', compared: false }
const NOW = Date.UTC(2026, 10, 21, 12)

describe('the URL of a search', () => {
  it('is bare when nothing is searched', () => {
    expect(write_search(PLAIN)).toEqual({})
    expect(read_search({})).toEqual(PLAIN)
  })
  it('brings everything back', () => {
    const query: SearchQuery = { q: 'text contains "a"', typed: 'a', where: 'name == "api"', range: parse_range('1h'), levels: 1 << LEVELS.indexOf('error'), streams: STDERR, by: 'pattern', fresh: '1h', compared: true }
    expect(read_search(write_search(query))).toEqual(query)
  })
  it('says of patterns alone what is new and what they are compared with', () => {
    expect(write_search({ ...PLAIN, by: 'container', fresh: '1h', compared: true })).toEqual({ by: 'container' })
    expect(read_search({ by: 'nosuch', new: 'soon', base: 'after' })).toEqual(PLAIN)
  })
  it('may have a text that is yet to be understood', () => expect(read_search({ q: 'time out' })).toMatchObject({ q: '', typed: 'time out' }))
  it('becomes the question to the server', () => {
    const path = search_path({ ...PLAIN, q: 'text contains "a&b"', where: 'name == "api"', range: parse_range('1h'), levels: 1 << LEVELS.indexOf('warn'), streams: STDERR }, NOW, 'X')
    expect(Object.fromEntries(new URLSearchParams(path.split('?')[1]))).toEqual({ q: 'text contains "a&b"', containers: 'name == "api"', since: '2026-11-21T11:00:00.000Z', levels: 'warn', streams: 'stderr', limit: '500', cursor: 'X' })
  })
})

describe('what is marked in a line', () => {
  const marked = (expression: string, text: string) => hit_ranges(text, needles_of(expression)).map(([from, to]) => text.slice(from, to))
  it.each([
    ['lower(text) contains "timeout"', 'Timeout, then TIMEOUT', ['Timeout', 'TIMEOUT']],
    ['text contains "Timeout"', 'Timeout, then TIMEOUT', ['Timeout']],
    ['(lower(text) contains "a b" and not (lower(text) contains "x"))', 'A b c', ['A b']],
    ['text matches "time(out|d)"', 'timeout timed', ['timeout', 'timed']],
    ['text matches "(?i)a/b"', 'x A/B', ['A/B']],
    ["message contains 'it\\'s'", "it's", ["it's"]],
    ['text contains `raw "q"`', 'raw "q"', ['raw "q"']],
    ['fields?.status == "503"', 'status 503', ['503']],
    ['lower(text) contains "ab" or lower(text) contains "bc"', 'xabcx', ['abc']],
    ['level == "error" and text contains "error 1"', 'error: error 1', ['error 1']],
    ['container.service == "api" and stream == "stderr"', 'api stderr', []],
    ['text == ""', 'anything', []],
    ['text matches "(a+)+$"', 'aaaa', []],
    ['text matches ".*.*.*x"', 'aaax', []],
    ['text matches "a("', 'a(', []],
    ['text contains "unfinished', 'unfinished', []],
  ])('%s: in %j', (expression, text, expected) => expect(marked(expression, text)).toEqual(expected))
})

const record = (seq: number, container = 'a'): ApiRecord => ({ container, time: new Date(NOW - seq * 3_600_000).toISOString(), seq, stream: 'stdout', level: 'info', kind: 'text', continues: false, text: `line ${seq}` }) as ApiRecord
const END = { matched: 2, scanned_lines: 100, scanned_bytes: 5000, skipped_blocks: 3, elapsed_ms: 4, truncated: false, cursor: null }

describe('a search', () => {
  let scope: EffectScope
  /** What the server answers, part by part; `more` sends another line, `close` ends the answer. */
  let answers: { url: URL; aborted: boolean; send: (...lines: unknown[]) => void; close: () => void; fail: () => void }[]
  beforeEach(() => {
    scope = effectScope()
    answers = []
    vi.stubGlobal('document', { baseURI: 'http://taffrail.test/' })
    vi.stubGlobal('fetch', async (url: URL, { signal }: { signal: AbortSignal }) => {
      let controller!: ReadableStreamDefaultController<Uint8Array>
      const body = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) })
      const answer = {
        url,
        aborted: false,
        send: (...lines: unknown[]) => controller.enqueue(new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))),
        close: () => controller.close(),
        fail: () => controller.error(new TypeError('network error')),
      }
      signal.addEventListener('abort', () => {
        answer.aborted = true
        controller.error(new DOMException('given up', 'AbortError'))
      })
      answers.push(answer)
      return new Response(body)
    })
  })
  afterEach(() => {
    scope.stop()
    vi.unstubAllGlobals()
  })
  const begin = async () => {
    const run = scope.run(use_search)!
    run.start({ ...PLAIN, q: 'text contains "line"' })
    await vi.waitFor(() => expect(answers).toHaveLength(1))
    return run
  }

  it('shows lines as they come, and at its end what it took', async () => {
    const run = await begin()
    answers[0]!.send(record(1))
    await vi.waitFor(() => expect(run.state.value.found).toHaveLength(1))
    expect(run.state.value.phase).toBe('running')
    answers[0]!.send(record(2), { end: END })
    answers[0]!.close()
    await vi.waitFor(() => expect(run.state.value).toMatchObject({ phase: 'done', scanned_bytes: 5000, skipped_blocks: 3, cursor: null }))
    expect(run.state.value.found.map(({ seq }) => seq)).toEqual([1, 2])
  })
  it('goes on from its cursor and adds up', async () => {
    const run = await begin()
    answers[0]!.send(record(1), { end: { ...END, truncated: true, cursor: 'C1' } })
    answers[0]!.close()
    await vi.waitFor(() => expect(run.state.value.cursor).toBe('C1'))
    run.further()
    await vi.waitFor(() => expect(answers).toHaveLength(2))
    expect(answers[1]!.url.searchParams.get('cursor')).toBe('C1')
    answers[1]!.send(record(2), { end: END })
    answers[1]!.close()
    await vi.waitFor(() => expect(run.state.value).toMatchObject({ phase: 'done', scanned_bytes: 10_000, cursor: null }))
    expect(run.state.value.found).toHaveLength(2)
  })
  it('that is stopped ends at the server and keeps what was found', async () => {
    const run = await begin()
    answers[0]!.send(record(1))
    await vi.waitFor(() => expect(run.state.value.found).toHaveLength(1))
    run.stop()
    expect(answers[0]!.aborted).toBe(true)
    expect(run.state.value).toMatchObject({ phase: 'stopped', found: [{ seq: 1 }] })
    await Promise.resolve()
    expect(run.state.value.phase).toBe('stopped')
  })
  it.each(['close', 'fail'] as const)('whose answer is cut off (%s) says so', async (how) => {
    const run = await begin()
    answers[0]!.send(record(1))
    await vi.waitFor(() => expect(run.state.value.found).toHaveLength(1))
    answers[0]![how]()
    await vi.waitFor(() => expect(run.state.value).toMatchObject({ phase: 'failed', problem: { title: 'app.cut_off' }, found: [{ seq: 1 }] }))
  })
  it('is replaced by the next one', async () => {
    const run = await begin()
    run.start({ ...PLAIN, q: 'text contains "other"' })
    await vi.waitFor(() => expect(answers).toHaveLength(2))
    expect(answers[0]!.aborted).toBe(true)
    answers[1]!.send(record(7), { end: END })
    answers[1]!.close()
    await vi.waitFor(() => expect(run.state.value).toMatchObject({ phase: 'done', found: [{ seq: 7 }] }))
  })
})

describe('what was found', () => {
  const rows_of = (rows: ReturnType<ResultRows['rows']>) => rows.map((row) => (row.kind === 'group' ? `${row.container}:${row.count}` : `${row.day ? `${row.day} ` : ''}${row.entry.seq}`))
  it('stands in one order of time with a heading for each day', () => {
    expect(rows_of(new ResultRows().rows([record(1), record(2, 'b'), record(20)], 'utc', false, new Set()))).toEqual(['2026-11-21 1', '2', '2026-11-20 20'])
  })
  it('is gathered by container, the one with most first, and folds', () => {
    const results = new ResultRows()
    const found = [record(1), record(2, 'b'), record(3, 'b')]
    expect(rows_of(results.rows(found, 'utc', true, new Set()))).toEqual(['b:2', '2026-11-21 2', '3', 'a:1', '2026-11-21 1'])
    expect(rows_of(results.rows(found, 'utc', true, new Set(['b'])))).toEqual(['b:2', 'a:1', '2026-11-21 1'])
  })
  it('begins anew with another search', () => {
    const results = new ResultRows()
    results.rows([record(1), record(2)], 'utc', false, new Set())
    expect(rows_of(results.rows([record(5)], 'utc', false, new Set()))).toEqual(['2026-11-21 5'])
  })
})
