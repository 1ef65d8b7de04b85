import { beforeEach, describe, expect, it } from 'vitest'
import type { Bounds } from '@/features/range/time_range'
import { ALL_LEVELS, BOTH_STREAMS, LEVELS } from './entry'
import { ALL, cursor, FakeServer, line, open, range, time } from './fake_server'
import { ProblemError } from './http_pages'

let server: FakeServer
beforeEach(() => {
  server = new FakeServer(5000)
})

describe('a log view of a range', () => {
  const between = (from: number, to: number | null): Bounds => ({ since: time(from), until: to === null ? null : time(to) })

  it('with an end shows that and pages back to the beginning of the range, without a live end', async () => {
    server.send(open(['a'], null, between(1000, 3000)))
    await server.settle()
    expect(server.requests).toEqual([])
    expect(server.last).toMatchObject({ count: 1000, state: { attached: false, newer: 'end', older: 'idle', live: false, phase: 'ready' } })
    expect(server.last.go_to?.row ?? server.updates.map(({ go_to }) => go_to?.row).find(Boolean)).toBe(server.last.base + 999)
    server.look({})
    await server.settle()
    server.look({})
    await server.settle()
    expect(server.last).toMatchObject({ count: 2000, state: { older: 'end' } })
    server.look({ from: server.last.base })
    await server.settle()
    expect(server.seqs[0]).toBe(1000)
  })
  it('without an end follows and does not page beyond its beginning', async () => {
    server.send(open(['a'], null, between(4901, null)))
    expect(server.requests).toEqual([{ what: 'logs', containers: ['a'], tail: 500, since: time(4901), credit: 1024 * 1024 }])
    server.hear(range(4901, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
    server.look({})
    await server.settle()
    expect(server.last.state).toMatchObject({ older: 'end', records: 100, attached: true, live: true })
  })
  it('that is narrowed while a line is read keeps that line', async () => {
    server.send(open(['a'], { ms: Date.parse(time(2500)), ns: 0 }))
    await server.settle()
    const at = server.last.go_to ?? server.updates.map(({ go_to }) => go_to).findLast(Boolean)!
    server.look({ from: at.row, anchor: at.id })
    await server.settle()
    server.send({ do: 'filter', filter: '', range: between(2000, 3000) })
    await server.settle()
    const reading = server.updates.map((update) => update.reading).findLast((row) => row !== undefined)!
    server.look({ from: reading })
    await server.settle()
    expect(server.seqs[reading - server.last.from]).toBe(2500)
    expect(server.last.state).toMatchObject({ attached: false, newer: 'end' })
    expect(server.pages.at(-1)).toMatchObject({ since: time(2000), until: time(3000) })
  })
  it('opens at its beginning where it is asked for a time before that', async () => {
    server.send(open(['a'], { ms: Date.parse(time(10)), ns: 0 }, between(1000, 3000)))
    await server.settle()
    expect(server.seqs[0]).toBe(1000)
  })
  it('leaves the live end when it gets an end, and comes back to it', async () => {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
    server.send({ do: 'filter', filter: '', range: between(1, 2000) })
    await server.settle()
    expect(server.last.state).toMatchObject({ attached: false, live: false, newer: 'end' })
    server.send({ do: 'filter', filter: '', range: ALL })
    server.send({ do: 'go_live' })
    server.hear(range(4501, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
    expect(server.last.state).toMatchObject({ attached: true, live: true, records: 500 })
  })
})

describe('pages of a log view', () => {
  it('pages back to the first line, with the anchor where it was', async () => {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line), true)
    await server.settle()
    const anchor = server.last.rows[0]!
    server.look({ from: server.last.base, anchor: anchor.id, anchor_offset: 0 })
    await server.settle()
    expect(server.pages[0]).toEqual({ containers: ['a'], order: 'desc', limit: 1000, cursor: cursor(4501) })
    for (let i = 0; i < 8; i += 1) {
      server.look({ from: server.last.base })
      await server.settle()
    }
    expect(server.last.state).toMatchObject({ older: 'end', records: 5000 })
    expect(server.seqs[0]).toBe(1)
  })
  it('sends the rows round the anchor when older lines come before it', async () => {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line), true)
    await server.settle()
    server.look({ from: 100 })
    const anchor = server.last.rows[10]!
    server.look({ from: 100, anchor: anchor.id, anchor_offset: 10 })
    await server.settle()
    expect(server.last.state.records).toBeGreaterThan(1000)
    expect(server.last.rows[10]!.id).toBe(anchor.id)
  })
  it('tells that older lines could not be loaded, and keeps what it has', async () => {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line), true)
    await server.settle()
    server.failing = new ProblemError({ title: 'Engine away', status: 502 })
    server.look({ from: 0 })
    await server.settle()
    expect(server.last.state).toMatchObject({ older: 'failed', records: 500, phase: 'ready' })
  })
  it('asks the server for older lines of the levels that are shown', async () => {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line), true)
    await server.settle()
    server.send({ do: 'show', levels: 1 << LEVELS.indexOf('error'), streams: BOTH_STREAMS })
    await server.settle()
    expect(server.pages.at(-1)).toMatchObject({ levels: ['error'], cursor: cursor(4501) })
    expect(server.seqs).toEqual(range(1, 50).map((n) => n * 100))
    server.send({ do: 'show', levels: ALL_LEVELS, streams: BOTH_STREAMS })
    await server.settle()
    expect(server.last.state.records).toBe(500)
  })
  it('opens at a line, from which it pages on to the live end', async () => {
    server.send(open(['a'], { ms: Date.parse(time(2000)), ns: 0, seq: 2000 }))
    await server.settle()
    expect(server.requests).toEqual([])
    const update = server.updates.find((each) => each.go_to)!
    expect(update.rows.find((row) => row.id === update.go_to!.id)).toMatchObject({ spans: { text: ['line 2000'] } })
    expect(server.last.state).toMatchObject({ attached: false, live: false })
    for (let i = 0; i < 5; i += 1) {
      server.look({ from: server.last.base + server.last.count - 50 })
      await server.settle()
    }
    expect(server.requests).toEqual([{ what: 'logs', containers: ['a'], credit: 1024 * 1024, cursor: cursor(5000) }])
    server.hear([line(5000), line(5001)], true)
    await server.settle()
    expect(server.last.state).toMatchObject({ attached: true, live: true })
    server.look({ follow: true })
    expect(server.seqs.slice(-2)).toEqual([5000, 5001])
  })
  it('opened at a time after the end shows the end', async () => {
    server.send(open(['a'], { ms: Date.parse(time(9000)), ns: 0 }))
    await server.settle()
    expect(server.requests[0]).toMatchObject({ tail: 500 })
  })
  it('fills a gap in steps', async () => {
    server.send(open())
    const gap = {
      container: 'a',
      after_seq: 1000,
      before_seq: 3500,
      after_cursor: cursor(1000),
      before_cursor: cursor(3500),
      lines: 2499,
      reason: 'slow_consumer' as const,
    }
    server.hear([...range(990, 1000).map(server.line), { gap }, ...range(3500, 3510).map(server.line)], true)
    await server.settle()
    const row = server.last.rows.find((each) => each.kind === 'gap')!
    expect(row).toMatchObject({ lines: 2499, fillable: true })
    server.send({ do: 'fill', id: row.id })
    await server.settle()
    expect(server.pages.find((page) => page.until_cursor)).toMatchObject({ cursor: cursor(1000), until_cursor: cursor(3500), order: 'asc' })
    expect(server.last.state.records).toBeGreaterThanOrEqual(1022)
  })
  it('tells why a gap could not be filled, and lets the reader try again', async () => {
    server.send(open())
    const gap = { container: 'a', after_seq: 10, before_seq: 20, after_cursor: cursor(10), before_cursor: cursor(20), lines: 9, reason: 'slow_consumer' as const }
    server.hear([server.line(10), { gap }, server.line(20)], true)
    await server.settle()
    const row = server.last.rows.find((each) => each.kind === 'gap')!
    server.failing = new ProblemError({ title: 'Bad', status: 502, detail: 'the engine is away' })
    server.send({ do: 'fill', id: row.id })
    await server.settle()
    expect(server.last.rows.find((each) => each.kind === 'gap')).toMatchObject({ problem: { detail: 'the engine is away' }, loading: false })
    server.failing = null
    server.send({ do: 'fill', id: row.id })
    await server.settle()
    expect(server.last.rows.some((each) => each.kind === 'gap')).toBe(false)
  })
})

describe('a filter while the log is paused', () => {
  const row_of = (seq: number) => server.last.rows.find((row) => row.kind === 'line' && row.spans.text.join('') === `line ${seq}`)
  /** Opens the log, and stands still with a line at the top. */
  async function read_at(seq: number): Promise<void> {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
    const row = server.last.base + seq - 4501
    server.look({ from: row })
    await server.settle()
    server.look({ from: row, anchor: row_of(seq)!.id })
    await server.settle()
  }

  it('keeps the line that is read, with its number, and counts nothing as new', async () => {
    await read_at(4900)
    const { id } = row_of(4900)!
    server.send({ do: 'filter', filter: 'even', range: ALL })
    await server.settle()
    expect(row_of(4900)!.id).toBe(id)
    expect(server.seqs.slice(0, 3)).toEqual([4900, 4902, 4904])
    expect(server.last.rows[(server.last.reading ?? 0) - server.last.from]).toBe(row_of(4900))
    expect(server.last.state.fresh).toBe(0)
    // All of the lines after it are there, so it goes on with what comes.
    expect(server.last.state.attached).toBe(true)
    expect(server.requests.at(-1)).toMatchObject({ filter: 'even', cursor: cursor(5000) })
    server.hear([], true)
    server.hear([server.line(5002)])
    await server.settle()
    expect(server.last.state.fresh).toBe(1)
    server.send({ do: 'filter', filter: '', range: ALL })
    await server.settle()
    expect(row_of(4900)!.id).toBe(id)
    expect(server.seqs.slice(0, 3)).toEqual([4900, 4901, 4902])
  })
  it('takes the next line for one that does not pass', async () => {
    await read_at(4901)
    server.send({ do: 'filter', filter: 'even', range: ALL })
    await server.settle()
    const { reading, from, rows } = server.last
    const row = rows[reading! - from]!
    expect(row.kind === 'line' && row.spans.text.join('')).toBe('line 4902')
  })
  it('does not jump away when nothing as late passes, and counts nothing as new', async () => {
    await read_at(4900)
    server.send({ do: 'filter', filter: '"line 77"', range: ALL })
    await server.settle()
    expect(server.requests.at(-1)).toMatchObject({ filter: '"line 77"', tail: 500 })
    server.hear([server.line(77)])
    server.hear([], true)
    await server.settle()
    expect([server.last.state.fresh, server.last.state.stale]).toEqual([0, false])
    server.hear([server.line(5077)])
    await server.settle()
    expect(server.last.state.fresh).toBe(1)
  })
})
