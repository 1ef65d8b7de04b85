import type { Bounds } from '@/features/range/time_range'
import type { ApiRecord } from '@/lib/api/types'
import type { LogEntry, Subscribe } from '@/lib/live/messages'
import { ALL_LEVELS, BOTH_STREAMS } from './entry'
import type { FindRequest, Page, PageRequest } from './http_pages'
import { LogSession } from './log_session'
import type { Look, ViewCommand, ViewUpdate } from './view_messages'

export const time = (seq: number) => new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString().replace('Z', '000000Z')
export const cursor = (seq: number) => `${seq}@${time(seq)}`
export const line = (seq: number, more: Partial<ApiRecord> = {}): ApiRecord => ({
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
export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** A log of lines 1…length behind both interfaces, as a server has it. */
export class FakeServer {
  requests: Subscribe[] = []
  pages: PageRequest[] = []
  /** Questions to history, and the lines that it has. */
  questions: FindRequest[] = []
  history: number[] | null = null
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
      find_line: async (request) => {
        this.questions.push(request)
        if (!this.history) return undefined
        const at = +request.cursor.split('@')[0]!
        const found = request.direction === 'forward' ? this.history.find((seq) => seq > at) : this.history.findLast((seq) => seq < at)
        return found === undefined ? null : this.line(found)
      },
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
  /** Lets time pass. */
  tick(ms: number): void {
    this.clock += ms
    const due = this.timers.filter((timer) => timer.at <= this.clock)
    this.timers = this.timers.filter((timer) => timer.at > this.clock)
    for (const timer of due) timer.action()
  }
  /** Lets promises settle, timers run and the page show what it was told. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i += 1) {
      await Promise.resolve()
      this.tick(60)
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

export const ALL: Bounds = { since: null, until: null }
export const open = (containers = ['a'], at: { ms: number; ns: number; seq?: number } | null = null, range = ALL): ViewCommand => ({
  do: 'open',
  source: { containers, filter: '', range, at, stored: false },
  levels: ALL_LEVELS,
  streams: BOTH_STREAMS,
  fold: true,
  find: '',
})
