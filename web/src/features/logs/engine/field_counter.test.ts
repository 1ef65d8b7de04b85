import { expect, it } from 'vitest'
import { LEVELS, record_entry } from './entry'
import { FieldCounter, type FieldCounts } from './field_counter'
import { LogWindow } from './log_window'

const line = (seq: number, text: string, kind: 'json' | 'text' = 'json') =>
  record_entry({ container: 'a', time: new Date(seq * 1000).toISOString(), seq, stream: 'stdout', level: seq % 2 ? 'info' : 'error', kind, continues: false, text })

/** A counter on a clock of the test's own: `run` lets time go by. */
function counter_of(window: LogWindow) {
  let now = 0
  let due: { at: number; action: () => void }[] = []
  const told: FieldCounts[] = []
  const ports = {
    now: () => (now += 1),
    after: (ms: number, action: () => void) => {
      const timer = { at: now + ms, action }
      due.push(timer)
      return () => (due = due.filter((each) => each !== timer))
    },
  }
  const counter = new FieldCounter(ports, window, (counts) => told.push(counts))
  const run = () => {
    const before = told.length
    while (told.length === before) {
      const next = due.sort((a, b) => a.at - b.at).shift()!
      now = next.at
      next.action()
    }
    return told.at(-1)!
  }
  return { counter, told, run, waiting: () => due.length }
}

it('counts names, types, shares and values over all lines that are held, in turns', () => {
  const window = new LogWindow(10_000)
  window.append([...Array.from({ length: 3000 }, (_, i) => line(i + 1, `{"status":${i % 3 ? 200 : 500},"user":{"id":${i}},"ok":true}`)), line(3001, 'plain', 'text')])
  const { counter, told, run } = counter_of(window)
  counter.start()
  expect(told).toEqual([]) // not all at once
  const counts = run()
  expect([counts.lines, counts.structured, counts.fields.map(({ name, lines }) => [name, lines])]).toEqual([
    3001,
    3000,
    [
      ['ok', 3000],
      ['status', 3000],
      ['user.id', 3000],
    ],
  ])
  expect(counts.fields[1]).toMatchObject({ types: ['number'], distinct: 2, more: false, values: [{ value: '200', count: 2000 }, { value: '500', count: 1000 }] })
  expect(counts.fields[2]).toMatchObject({ distinct: 400, more: true })
})

it('adds new lines, and counts anew when a filter or the start changes', () => {
  const window = new LogWindow(100)
  window.append(Array.from({ length: 100 }, (_, i) => line(i + 1, `{"n":${i}}`)))
  const { counter, told, run } = counter_of(window)
  counter.start()
  expect(told.at(-1)!.lines).toBe(100)
  window.append([line(101, '{"late":1}')])
  expect(run()).toMatchObject({ lines: 101, fields: [{ name: 'n', lines: 100 }, { name: 'late', lines: 1 }] })
  window.trim_start()
  expect(run()).toMatchObject({ lines: 100 })
  window.show(1 << LEVELS.indexOf('error'), 3)
  expect(run().lines).toBe(50)
})

it('rests when nobody looks', () => {
  const window = new LogWindow(100)
  window.append([line(1, '{"n":1}')])
  const { counter, waiting } = counter_of(window)
  counter.start()
  expect(waiting()).toBe(1)
  counter.stop()
  expect(waiting()).toBe(0)
})
