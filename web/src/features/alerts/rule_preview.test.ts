import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refusal } from '@/lib/api/ask'
import type { ApiRecord } from '@/lib/api/types'
import { empty_form } from './rule_form'
import { BUSY_MS, merge_sample, PAUSE_MS, Previewer, rule_to_try, type Outcome, type Tried } from './rule_preview'

const line = (seq: number, container = 'a'): ApiRecord => ({ container, seq, time: `2026-01-01T00:00:${String(seq).padStart(2, '0')}.000000000Z`, stream: 'stdout', level: 'info', kind: 'text', continues: false, text: `line ${seq}` })

describe('a rule that is tried', () => {
  it('has what changes its outcome and nothing else', () => {
    const form = Object.assign(empty_form(), { condition: ' level == "error" ', destinations: [1], runbook: 'https://x', labels: [{ name: 'a', value: 'b' }], message: '{{ detail }}', cooldown: '5m' })
    expect(rule_to_try(form)).toEqual({ severity: 'warning', log: 'level == "error"', cooldown: '5m', message: '{{ detail }}' })
    expect(rule_to_try(Object.assign(form, { condition: ' ' }))).toBeNull()
  })
})

describe('a sample of lines', () => {
  it('is newest first, marks what matches, and says where only matches are left', () => {
    const { lines, only_matches_from } = merge_sample([line(9), line(8), line(7)], [line(8), line(3), line(1)], false)
    expect(lines.map(({ line: { seq }, matches }) => `${seq}${matches ? '!' : ''}`)).toEqual(['9', '8!', '7', '3!', '1!'])
    expect(only_matches_from).toBe(3)
  })
  it('keeps lines of two containers with one number apart', () => {
    const { lines } = merge_sample([line(1, 'a'), line(1, 'b')], [line(1, 'b')], true)
    expect(lines.map(({ line: { container }, matches }) => [container, matches])).toEqual([['a', false], ['b', true]])
  })
  it('leaves nothing out when it holds all lines, or when nothing matches further back', () => {
    expect(merge_sample([line(2), line(1)], [line(1)], true).only_matches_from).toBeNull()
    expect(merge_sample([line(2), line(1)], [line(2)], false).only_matches_from).toBeNull()
    expect(merge_sample([], [line(2)], false).only_matches_from).toBe(0)
  })
})

describe('the preview while somebody types', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const tried = { preview: {}, sample: null, lines_problem: null } as unknown as Tried
  const make = (attempt: (rule: Record<string, unknown>, since: string, signal: AbortSignal) => Promise<Tried>) => {
    const shown: Outcome[] = []
    return { shown, previewer: new Previewer((outcome) => shown.push(outcome), attempt) }
  }

  it('asks once for what was typed last', async () => {
    const attempt = vi.fn(async () => tried)
    const { shown, previewer } = make(attempt)
    for (const log of ['l', 'le', 'level == "x"']) previewer.change({ log }, '1h')
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    expect(attempt.mock.calls.map(([rule]: unknown[]) => rule)).toEqual([{ log: 'level == "x"' }])
    expect(shown.at(-1)).toEqual({ state: 'tried', tried })
    previewer.change({ log: 'level == "x"' }, '1h')
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    expect(attempt).toHaveBeenCalledTimes(1)
  })
  it('gives up an answer that nobody waits for any more', async () => {
    const signals: AbortSignal[] = []
    const { shown, previewer } = make((_, __, signal) => {
      signals.push(signal)
      return new Promise((resolve) => setTimeout(() => resolve(tried), 5000))
    })
    previewer.change({ log: 'a' }, '1h')
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    previewer.change({ log: 'b' }, '1h')
    expect(signals[0]!.aborted).toBe(true)
    await vi.advanceTimersByTimeAsync(5001)
    expect(shown.filter(({ state }) => state === 'tried')).toEqual([])
  })
  it('waits for its turn, and keeps what it knew meanwhile', async () => {
    let busy = 2
    const { shown, previewer } = make(async () => {
      if (busy-- > 0) throw new Refusal({ title: 'Service Unavailable', status: 503 })
      return tried
    })
    previewer.change({ log: 'a' }, '1h')
    await vi.advanceTimersByTimeAsync(PAUSE_MS + 2 * BUSY_MS)
    expect(shown.map(({ state }) => state)).toEqual(['asking', 'tried'])
    previewer.change({ log: 'b' }, '1h')
    expect(shown.at(-1)).toEqual({ state: 'asking', last: tried })
  })
  it('says what was refused, and does not ask about what cannot be tried', async () => {
    const attempt = vi.fn(async () => {
      throw new Refusal({ title: 'Bad Request', status: 400, detail: "'log' unknown name x" })
    })
    const { shown, previewer } = make(attempt)
    previewer.change({ log: 'x' }, '1h')
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    expect(shown.at(-1)).toMatchObject({ state: 'refused', problem: { status: 400 } })
    previewer.change(null, '1h')
    await vi.advanceTimersByTimeAsync(PAUSE_MS)
    expect(shown.at(-1)).toEqual({ state: 'none' })
    expect(attempt).toHaveBeenCalledTimes(1)
  })
})
