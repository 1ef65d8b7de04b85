import { describe, expect, it } from 'vitest'
import type { ApiRecord } from '@/lib/api/types'
import { copy_rows } from './copy'
import { record_entry, type RecordEntry } from './entry'
import { LogWindow } from './log_window'
import { render_row } from './row_renderer'

const line = (seq: number, text: string, more: Partial<ApiRecord> = {}): RecordEntry =>
  record_entry({ container: seq % 2 ? 'a' : 'b', time: `2026-01-01T00:00:0${seq}.000000001Z`, seq, stream: 'stdout', level: 'info', kind: 'text', continues: false, text, ...more })
const window_of = (...entries: RecordEntry[]) => {
  const window = new LogWindow(1000)
  window.append(entries)
  return window
}
const detail_of = (window: LogWindow, entry: RecordEntry) => {
  const row = render_row(entry, { find: '', current: null, expanded: new Set([entry.id]), merged: false, folded: (head) => window.continuations(head), read: () => null, columns: [], look: 0 })
  if (row.kind !== 'line' || !row.detail) throw new Error('no details')
  return row.detail
}

describe('the details of a line', () => {
  it('have what is folded under it', () => {
    const head = line(1, 'Error: boom')
    const window = window_of(head, line(3, '  at a', { continues: true }), line(2, 'another'), line(5, '  at b', { continues: true }))
    expect(detail_of(window, head).raw).toBe('Error: boom\n  at a\n  at b')
    expect(detail_of(window, head).pretty.text.join('')).toBe('Error: boom\n  at a\n  at b')
  })
  it('say how much of a long line they leave out, and lay JSON out as a whole', () => {
    const json = line(1, JSON.stringify({ list: Array.from({ length: 20_000 }, (_, i) => i) }), { kind: 'json' })
    const { format, pretty, cut, raw } = detail_of(window_of(json), json)
    expect(format).toBe('json')
    expect(pretty.text.join('')).toMatch(/^\{\n {2}"list": \[\n {4}0,/)
    expect(pretty.text.join('').length).toBe(65_536)
    expect(cut).toBeGreaterThan(raw.length - 65_536)
    const short = line(1, 'x'.repeat(65_536))
    expect(detail_of(window_of(short), short).cut).toBe(0)
  })
})

describe('copying', () => {
  const names = { a: 'api', b: 'web' }
  it('gives one line as it was written', () => {
    const window = window_of(line(1, '\x1b[31mred\x1b[0m'))
    expect(copy_rows(window, 0, 0, names)).toEqual({ text: 'red', lines: 1, cut: false })
  })
  it('gives several with their times, of several containers with their names, and what is folded', () => {
    const window = window_of(line(1, 'one'), line(2, 'Error'), line(4, '  at x', { continues: true }), line(5, 'five'))
    expect(copy_rows(window, 0, 2, names).text).toBe('2026-01-01T00:00:01.000000001Z api one\n2026-01-01T00:00:02.000000001Z web Error\n2026-01-01T00:00:04.000000001Z web   at x\n2026-01-01T00:00:05.000000001Z api five')
    expect(copy_rows(window, 1, 1, null).text).toBe('Error\n  at x')
    expect(copy_rows(window, 0, 2, null)).toMatchObject({ lines: 4 })
  })
  it('does not give what is shown as a row of its own twice', () => {
    const window = window_of(line(2, 'Error'), line(4, '  at x', { continues: true }))
    window.set_fold(false)
    expect(copy_rows(window, 0, 1, null).lines).toBe(2)
  })
  it('stops at what a clipboard takes, and says so', () => {
    const window = window_of(...Array.from({ length: 9 }, (_, i) => line(i + 1, 'x'.repeat(2 * 1024 * 1024))))
    expect(copy_rows(window, 0, 8, null)).toMatchObject({ lines: 7, cut: true })
  })
})
