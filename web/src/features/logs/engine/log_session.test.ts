import { beforeEach, describe, expect, it } from 'vitest'
import type { Bounds } from '@/features/range/time_range'
import type { ApiRecord } from '@/lib/api/types'
import type { LogEntry, Subscribe } from '@/lib/live/messages'
import { ALL_LEVELS, BOTH_STREAMS, LEVELS } from './entry'
import { ProblemError, type Page, type PageRequest } from './http_pages'
import { LogSession } from './log_session'
import type { Look, ViewCommand, ViewUpdate } from './view_messages'

const time = (seq: number) => new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString().replace('Z', '000000Z')
const cursor = (seq: number) => `${seq}@${time(seq)}`
const line = (seq: number, more: Partial<ApiRecord> = {}): ApiRecord => ({
  container: 'a',
  time: time(seq),
  seq,
  stream: 'stdout',
  level: 'info',
  kind: 'text',
  continues: false,
  text: `line ${seq}`,
  ...more,
})
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** A log of lines 1…length behind both interfaces, as a server has it. */
class FakeServer {
  requests: Subscribe[] = []
  pages: PageRequest[] = []
  updates: ViewUpdate[] = []
  failing: Error | null = null
  clock = 0
  private timers: { at: number; action: () => void }[] = []
  session: LogSession

  constructor(public length: number) {
    const subscribe = () => void this.requests.push(this.session.request())
    this.session = new LogSession({
      open: subscribe,
      renew: subscribe,
      close: () => undefined,
      fetch_page: async (request) => this.page(request),
      post: (update) => void this.updates.push(update),
      now: () => this.clock,
      after: (ms, action) => {
        const timer = { at: this.clock + ms, action }
        this.timers.push(timer)
        return () => void (this.timers = this.timers.filter((each) => each !== timer))
      },
    })
  }

  private async page(request: PageRequest): Promise<Page> {
    this.pages.push(request)
    if (this.failing) throw this.failing
    const seq_of = (text?: string) => (text ? +text.split('@')[0]! : undefined)
    const at = seq_of(request.cursor)
    const until = seq_of(request.until_cursor)
    let seqs = range(1, this.length).filter((seq) => !request.levels || (seq % 100 === 0 && request.levels.includes('error')))
    if (request.filter?.includes('even')) seqs = seqs.filter((seq) => seq % 2 === 0)
    if (request.filter?.includes('"line 77"')) seqs = seqs.filter((seq) => seq === 77)
    if (request.since) seqs = seqs.filter((seq) => time(seq) >= request.since!)
    if (request.until) seqs = seqs.filter((seq) => time(seq) < request.until!)
    if (at !== undefined) seqs = seqs.filter((seq) => (request.order === 'asc' ? seq > at : seq < at))
    if (until !== undefined) seqs = seqs.filter((seq) => seq < until)
    if (request.order === 'desc') seqs.reverse()
    const truncated = seqs.length > request.limit
    return { entries: seqs.slice(0, request.limit).map((seq) => this.line(seq)), truncated }
  }

  line = (seq: number) => line(seq, seq % 100 === 0 ? { level: 'error' } : {})

  hear(entries: LogEntry[], live?: true): void {
    this.session.on_message({ type: 'logs', sub: 1, entries, ...(live && { live }) })
  }
  send(command: ViewCommand): void {
    this.session.command(command)
  }
  /** Lets promises settle, timers run and the page show what it was told. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i += 1) {
      await Promise.resolve()
      this.clock += 60
      const due = this.timers.filter((timer) => timer.at <= this.clock)
      this.timers = this.timers.filter((timer) => timer.at > this.clock)
      for (const timer of due) timer.action()
      this.send({ do: 'applied' })
    }
  }
  get last(): ViewUpdate {
    return this.updates[this.updates.length - 1]!
  }
  get seqs(): (number | string)[] {
    return this.last.rows.map((row) => (row.kind === 'line' ? +row.spans.text.join('').slice(5) : row.kind))
  }
  look(more: Partial<Look>): void {
    this.send({
      do: 'look',
      look: { epoch: this.last.epoch, from: this.last.base, count: 50, follow: false, anchor: null, anchor_offset: 0, jump: this.last.jump, ...more },
    })
  }
}

const ALL: Bounds = { since: null, until: null }
const open = (containers = ['a'], at: { ms: number; ns: number; seq?: number } | null = null, range = ALL): ViewCommand => ({
  do: 'open',
  source: { containers, filter: '', range, at },
  levels: ALL_LEVELS,
  streams: BOTH_STREAMS,
  fold: true,
  find: '',
})

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

describe('a log view', () => {
  it('asks for the tail and follows', async () => {
    server.send(open())
    expect(server.requests).toEqual([{ what: 'logs', containers: ['a'], tail: 500, credit: 1024 * 1024 }])
    server.hear(range(4501, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
    expect(server.last.state).toMatchObject({ phase: 'ready', live: true, attached: true })
    expect(server.seqs).toEqual(range(4941, 5000))
    server.hear([line(5001)])
    await server.settle()
    expect(server.seqs.at(-1)).toBe(5001)
  })

  it('resumes after a lost connection from its last line and takes nothing twice', async () => {
    server.send(open())
    server.hear(range(4901, 5000).map(server.line), true)
    server.session.on_disconnected()
    expect(server.session.request()).toMatchObject({ cursor: cursor(5000) })
    server.hear(range(4990, 5003).map(server.line), true)
    await server.settle()
    expect(server.last.state.records).toBe(103)
  })

  it('is not called live while the connection is lost', async () => {
    server.send(open())
    server.hear(range(4901, 5000).map(server.line), true)
    server.session.on_disconnected()
    await server.settle()
    expect(server.last.state.live).toBe(false)
    expect(server.last.count).toBe(100)
  })

  it('of several containers resumes a little before its last line', () => {
    server.send(open(['a', 'b']))
    server.hear([...range(1, 10).map(server.line), line(3, { container: 'b', time: time(10) })], true)
    expect(server.session.request()).toMatchObject({ cursor: `${cursor(8)}~a` })
  })

  it('counts new lines while the reader is further up, and moves nothing', async () => {
    server.send(open())
    server.hear(range(4001, 5000).map(server.line), true)
    await server.settle()
    server.look({ from: 500 })
    const before = server.seqs
    server.hear(range(5001, 5012).map(server.line))
    await server.settle()
    expect(server.last.state.fresh).toBe(12)
    expect(server.seqs).toEqual(before)
    server.send({ do: 'go_live' })
    await server.settle()
    expect(server.last.state.fresh).toBe(0)
    expect(server.seqs.at(-1)).toBe(5012)
  })

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
    expect(server.last.rows.find((each) => each.kind === 'gap')).toMatchObject({ problem: 'the engine is away', loading: false })
    server.failing = null
    server.send({ do: 'fill', id: row.id })
    await server.settle()
    expect(server.last.rows.some((each) => each.kind === 'gap')).toBe(false)
  })

  it('keeps its window bounded under a flood, and what the reader reads', async () => {
    server.send(open())
    server.hear(range(1, 60_000).map((seq) => line(seq)), true)
    await server.settle()
    server.look({ from: 100 })
    const reading = server.seqs
    server.hear(range(60_001, 120_000).map((seq) => line(seq)))
    await server.settle()
    expect(server.seqs).toEqual(reading)
    expect(server.last.state).toMatchObject({ attached: false, fresh: 60_000, records: 100_000 })
    server.send({ do: 'go_live' })
    expect(server.requests.at(-1)).toMatchObject({ tail: 500 })
    server.hear(range(119_501, 120_000).map((seq) => line(seq)), true)
    await server.settle()
    expect(server.last.state).toMatchObject({ attached: true, records: 500 })
    expect(server.seqs.at(-1)).toBe(120_000)
  })

  it('keeps the screen while a new filter is on its way, and shows why it was refused', async () => {
    server.send(open())
    server.hear(range(4901, 5000).map(server.line), true)
    await server.settle()
    server.send({ do: 'filter', filter: 'level >', range: ALL })
    expect(server.requests.at(-1)).toMatchObject({ filter: 'level >', tail: 500 })
    await server.settle()
    expect(server.last).toMatchObject({ count: 100, state: { stale: true } })
    server.session.on_message({ type: 'error', sub: 2, error: { title: 'Bad filter', status: 400, line: 1, column: 8 } })
    await server.settle()
    expect(server.last).toMatchObject({ count: 100, state: { problem: { column: 8 } } })
    server.send({ do: 'filter', filter: 'level > 1', range: ALL })
    server.hear([line(1)], true)
    await server.settle()
    expect(server.last).toMatchObject({ count: 1, state: { stale: false, problem: null } })
  })

  it('goes to errors that are not loaded yet', async () => {
    server.send(open())
    server.hear(range(4901, 4999).map(server.line), true)
    await server.settle()
    server.send({ do: 'error_step', by: -1, row: 0 })
    await server.settle()
    const update = server.updates.filter((each) => each.go_to).at(-1)!
    expect(update.rows.find((row) => row.id === update.go_to!.id)).toMatchObject({ spans: { text: ['line 4900'] } })
  })

  it('marks what happens to its containers between the lines', async () => {
    server.send(open())
    server.hear([server.line(1)], true)
    server.session.on_event({ container: 'a', host: 'h', time: time(2), action: 'die', attributes: { exitCode: '137' } })
    server.session.on_event({ container: 'b', host: 'h', time: time(2), action: 'die', attributes: {} })
    server.session.on_event({ container: 'a', host: 'h', time: time(2), action: 'exec_create', attributes: {} })
    await server.settle()
    expect(server.last.rows.map((row) => row.kind)).toEqual(['line', 'marker'])
    expect(server.last.rows[1]).toMatchObject({ action: 'die', detail: '137' })
  })

  it('asks for new containers from where it is', async () => {
    server.send(open())
    server.hear([server.line(1), server.line(2)], true)
    server.send({ do: 'containers', containers: ['a', 'b'], recreated: [] })
    expect(server.requests.at(-1)).toMatchObject({ containers: ['a', 'b'], cursor: `${cursor(1)}~a` })
  })
})

describe('another log in the same view', () => {
  it('shows nothing of the one before, and is followed', async () => {
    server.send(open())
    server.hear(range(4901, 5000).map(server.line), true)
    await server.settle()
    server.look({ from: 0 })
    server.send(open(['b']))
    await server.settle()
    expect(server.last).toMatchObject({ count: 0, state: { phase: 'loading', live: false, records: 0 } })
    expect(server.requests.at(-1)).toMatchObject({ containers: ['b'], tail: 500 })
    server.hear([line(1, { container: 'b' })], true)
    await server.settle()
    expect(server.last).toMatchObject({ count: 1, state: { phase: 'ready', fresh: 0 } })
  })
})

describe('a jump', () => {
  it('is not undone by what the page asked for before it heard of it', async () => {
    server.send(open())
    server.hear(range(4001, 5000).map(server.line), true)
    await server.settle()
    server.look({ from: 900 })
    const stale = { ...server.last }
    server.send({ do: 'find', query: 'line 4100', row: 0 })
    server.look({ from: 900, jump: stale.jump })
    await server.settle()
    expect(server.seqs).toContain(4100)
    server.look({ from: 900 })
    await server.settle()
    expect(server.seqs).not.toContain(4100)
  })
})

describe('a log whose containers are not there for a moment', () => {
  it('goes on where it was as soon as they are', async () => {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
    server.session.on_disconnected()
    server.session.on_message({ type: 'error', sub: 1, error: { title: 'Not Found', status: 404 } })
    await server.settle()
    expect(server.last.state).toMatchObject({ live: false, records: 500 })
    server.send({ do: 'containers', containers: ['a'], recreated: [] })
    expect(server.requests.at(-1)).toMatchObject({ containers: ['a'], cursor: cursor(5000) })
    server.hear([server.line(5001)])
    server.hear([], true)
    await server.settle()
    expect(server.last.state).toMatchObject({ live: true, records: 501, problem: null })
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

describe('counts', () => {
  it('are of the part in which every line is held, and say from when on', async () => {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
    const errors = LEVELS.indexOf('error')
    const now = () => [server.last.state.counts[errors], server.last.state.whole.lines, server.last.state.whole.since?.ms]
    const before = now()
    expect(before).toEqual([5, 500, Date.parse(time(4501))])
    server.send({ do: 'show', levels: 1 << errors, streams: BOTH_STREAMS })
    server.look({ from: server.last.base })
    await server.settle()
    // Older errors have come, which say nothing of how many lines there were between.
    expect(server.last.state.records).toBeGreaterThan(520)
    expect(now()).toEqual(before)
    server.hear([server.line(5100)])
    await server.settle()
    expect(now()).toEqual([6, 501, before[2]])
  })
})

describe('finding', () => {
  it('goes on beyond what is loaded, and shows the match there', async () => {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
    server.send({ do: 'find', query: 'line 77', row: 0 })
    await server.settle()
    expect(server.last.state.find.total).toBe(0)
    server.send({ do: 'find_step', by: -1, row: server.last.base })
    await server.settle()
    expect(server.pages.find(({ limit }) => limit === 1)).toMatchObject({ order: 'desc', cursor: cursor(4501), filter: 'lower(text) contains "line 77"' })
    expect(server.seqs).toContain(77)
    expect(server.last.state.find.at).toBeGreaterThan(0)
    expect(server.last.state.searching).toBe(false)
  })
})
