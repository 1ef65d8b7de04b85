import type { ContainerEvent, Problem } from '@/lib/api/types'
import { compare_moments, to_rfc3339 } from '@/lib/format/time'
import type { Channel } from '@/lib/live/live_client'
import type { LogEntry, Subscribe, SubscriptionMessage } from '@/lib/live/messages'
import {
  cursor_of,
  gap_entry,
  LEVELS,
  level_of,
  marker_entry,
  record_entry,
  WORST_LEVELS,
  type Entry,
  type GapEntry,
  type RecordEntry,
} from './entry'
import { Finder } from './find'
import { ProblemError, type FetchPage } from './http_pages'
import { LogPager } from './log_pager'
import { LogWindow } from './log_window'
import { render_row } from './row_renderer'
import type { Look, Notice, Row, ViewCommand, ViewPlace, ViewSource, ViewState, ViewUpdate } from './view_messages'

/** What a session stands on; a test brings its own. */
export interface SessionPorts {
  open(channel: Channel): void
  close(channel: Channel): void
  renew(channel: Channel): void
  fetch_page: FetchPage
  post(update: ViewUpdate): void
  now(): number
  after(ms: number, action: () => void): () => void
}

// What a view holds. 100,000 lines of common length are about 40 MB; older ones are paged.
const CAPACITY = 100_000
const TAIL = 500
// A page is asked for when the reader is this close to an end of what is held.
const NEAR = 300
// With the window full, lines are dropped at its start only while the reader is further than this from it.
const KEEP_BEFORE_READER = 20_000
const CREDIT = 1024 * 1024
// Several containers are merged by time: what a slower one still had to deliver when the connection broke lies within this.
const RESUME_OVERLAP_MS = 2000
// Updates while lines come in; the eye reads no faster, and the page has its frames for itself. Under a flood, where each update is a
// whole new screen, they come more slowly.
const POST_EVERY = 50
const POST_EVERY_IN_FLOOD = 100
const FLOOD = 100
const MOST_ROWS = 200

const problem_of = (error: unknown): Problem =>
  error instanceof ProblemError
    ? error.problem
    : { title: 'The server could not be reached', status: 0, detail: error instanceof Error ? error.message : String(error) }

/**
 * One log view: keeps a window of the merged log of some containers, follows it over the live connection, pages it over HTTP in both
 * directions, fills gaps, and renders the rows that the page looks at.
 *
 * The window is *attached* while its end is the live end. It comes loose when the reader goes so far back that the end has to be dropped,
 * or opens the view at a time; live lines are then only counted, and the end is reached again by paging or by `go_live`.
 *
 * Long, because it is one state machine: what is read (LogPager), held (LogWindow), found (Finder) and drawn (render_row) is elsewhere.
 */
export class LogSession implements Channel {
  private readonly window = new LogWindow(CAPACITY)
  private readonly finder = new Finder()
  private readonly expanded = new Set<number>()
  private source: ViewSource = { containers: [], filter: '', at: null }
  private state: ViewState = this.empty_state()
  private look: Look = { epoch: 0, from: 0, count: 60, follow: true, anchor: null, anchor_offset: 0, jump: 0 }
  private subscribed = false
  /** The last line that came over the connection, from which a new one resumes. */
  private received: RecordEntry | null = null
  private last_seq = new Map<string, number>()
  /** The rows are replaced by the first frame of the new subscription. */
  private replace = false
  private readonly pager: LogPager
  /** An update is on its way to the screen; the next one waits until it is there. */
  private waiting_for_page = false
  private dirty = false
  private posted_at = 0
  /** Rows added since the last update. */
  private added = 0
  private timer: (() => void) | null = null
  private go_to: ViewUpdate['go_to']
  private jumps = 0
  private notice: Notice | undefined

  constructor(private readonly ports: SessionPorts) {
    this.pager = new LogPager(ports.fetch_page, () => this.source)
  }

  command(command: ViewCommand): void {
    switch (command.do) {
      case 'open':
        this.abort_pages()
        this.reset_window()
        this.state = this.empty_state()
        this.look = { ...this.look, follow: command.source.at === null, anchor: null }
        this.window.show(command.levels, command.streams)
        this.window.fold = command.fold
        this.finder.set(command.find)
        this.source = command.source
        return this.start()
      case 'containers':
        return this.change_containers(command.containers, command.recreated)
      case 'filter':
        this.source = { ...this.source, filter: command.filter, at: null }
        this.state.stale = true
        return this.restart_live()
      case 'look':
        return this.look_at(command.look)
      case 'applied':
        this.waiting_for_page = false
        return this.dirty ? this.changed() : undefined
      case 'show':
        if (this.window.show(command.levels, command.streams) || this.state.older === 'end') this.state.older = 'idle'
        this.finder.set(this.finder.query)
        return this.refresh()
      case 'fold':
        this.window.set_fold(command.fold)
        return this.refresh()
      case 'toggle':
        return this.with_record(command.id, (entry) => this.window.toggle(entry.head ?? entry))
      case 'expand':
        return this.with_record(command.id, (entry) => {
          if (!this.expanded.delete(entry.id)) this.expanded.add(entry.id)
        })
      case 'fill':
        return void this.fill(command.id)
      case 'find':
        this.finder.set(command.query)
        if (command.query) this.find_step(1, command.row, false)
        return this.refresh()
      case 'find_step':
        return this.find_step(command.by, command.row, true)
      case 'error_step':
        return void this.error_step(command.by, command.row)
      case 'go_to':
        return this.go_to_place(command.place)
      case 'go_live':
        return this.go_live()
      case 'go_first':
        return void this.open_first()
      case 'retry':
        return this.start()
      case 'retry_older':
        return void this.load_older()
      case 'retry_newer':
        return void this.load_newer()
      case 'close':
        this.pager.abort()
        this.timer?.()
        if (this.subscribed) this.ports.close(this)
        this.subscribed = false
    }
  }

  /** An event of one of the view's containers becomes a marker between the lines. */
  on_event(event: ContainerEvent): void {
    const detail = marker_detail(event)
    if (detail === null || !this.state.attached || !this.source.containers.includes(event.container)) return
    this.window.append([marker_entry(event.container, event.time, event.action.split(':')[0]!, detail)])
    this.changed()
  }

  on_disconnected(): void {
    this.state.live = false
    this.changed()
  }

  // --- the live subscription

  request(): Subscribe {
    const { containers, filter } = this.source
    const resume = this.resume_point()
    return {
      what: 'logs',
      containers,
      credit: CREDIT,
      ...(filter && { filter }),
      ...(resume && !this.replace ? { cursor: cursor_of(resume, containers.length > 1) } : { tail: TAIL }),
    }
  }

  on_message(message: SubscriptionMessage): void {
    if (message.type === 'logs') this.receive(message.entries, message.live === true)
    else if (message.type === 'state')
      this.state.readers = { ...this.state.readers, [message.container]: { state: message.state, reason: message.reason ?? '' } }
    else if (message.type === 'error') this.fail(message.error)
    this.changed()
  }

  private resume_point(): RecordEntry | null {
    const last = this.received
    if (!last || this.source.containers.length < 2) return last
    const entries = this.window.entries
    let point = last
    for (let i = entries.length - 1; i >= 0; i -= 1) {
      const entry = entries[i]!
      if (entry.ms < last.ms - RESUME_OVERLAP_MS) break
      if (entry.kind === 'record') point = entry
    }
    return point
  }

  private receive(raw: LogEntry[], live: boolean): void {
    if (this.replace) this.reset_window()
    if (live) this.state.live = true
    this.state.phase = 'ready'
    this.state.problem = null
    const fresh: Entry[] = []
    for (const item of raw) {
      if ('gap' in item) {
        fresh.push(gap_entry(item.gap))
        continue
      }
      // A resumed subscription may repeat lines; numbers only rise within a container.
      if (item.seq <= (this.last_seq.get(item.container) ?? -1)) continue
      this.last_seq.set(item.container, item.seq)
      const entry = record_entry(item)
      if (!this.received || compare_moments(this.received, entry) <= 0) this.received = entry
      fresh.push(entry)
    }
    if (!this.state.attached) {
      if (this.state.live) this.state.fresh += fresh.length
      return
    }
    const rows = this.window.append(fresh)
    this.added += rows
    if (!this.look.follow) this.state.fresh += Math.max(0, rows)
    this.make_room()
  }

  /** Keeps the window within its capacity without touching what is read. */
  private make_room(): void {
    if (this.window.entries.length <= CAPACITY) return
    const reader = this.look.follow ? Infinity : this.look.from - this.window.row_base
    if (reader > Math.min(KEEP_BEFORE_READER, this.window.rows.length / 2)) {
      if (this.window.trim_start() && this.state.older === 'end') this.state.older = 'idle'
    } else if (this.window.trim_end()) this.detach()
  }

  private detach(): void {
    this.state.attached = false
    this.state.newer = 'idle'
  }

  private attach(): void {
    this.state.attached = true
    this.state.newer = 'end'
    this.state.fresh = 0
    this.received = this.window.last ?? null
    this.last_seq = this.window.last_seqs()
    this.subscribe()
  }

  private subscribe(): void {
    this.state.live = false
    if (this.subscribed) this.ports.renew(this)
    else {
      this.subscribed = true
      this.ports.open(this)
    }
  }

  private start(): void {
    if (this.source.at) void this.open_at(this.source.at)
    else this.restart_live()
  }

  /** Begins anew at the live end; what is on the screen stays until the first lines have come. */
  private restart_live(): void {
    this.abort_pages()
    this.replace = true
    this.state.problem = null
    if (this.state.phase === 'failed') this.state.phase = 'loading'
    this.subscribe()
    this.changed()
  }

  private reset_window(): void {
    this.replace = false
    this.window.clear()
    this.expanded.clear()
    this.received = null
    this.last_seq.clear()
    const { levels, streams } = this.window
    this.state = { ...this.empty_state(), live: this.state.live, readers: this.state.readers, phase: 'ready' }
    this.window.show(levels, streams)
  }

  private change_containers(containers: string[], recreated: { container: string; name: string }[]): void {
    this.source = { ...this.source, containers }
    if (this.state.attached)
      this.window.append(
        recreated.map(({ container, name }) => marker_entry(container, to_rfc3339({ ms: this.ports.now(), ns: 0 }), 'recreated', name)),
      )
    if (this.subscribed && containers.length) this.subscribe()
    this.changed()
  }

  private fail(problem: Problem): void {
    this.state.problem = problem
    this.state.live = this.state.stale = this.replace = false
    this.subscribed = false
    this.ports.close(this)
    if (this.window.records === 0) this.state.phase = 'failed'
  }

  private go_live(): void {
    if (this.state.attached && this.state.phase === 'ready') {
      this.state.fresh = 0
      this.look = { ...this.look, follow: true }
      this.refresh()
    } else {
      this.source = { ...this.source, at: null }
      this.look = { ...this.look, follow: true }
      this.restart_live()
    }
  }

  // --- pages

  private abort_pages(): void {
    this.pager.abort()
    if (this.state.older === 'loading') this.state.older = 'idle'
    if (this.state.newer === 'loading') this.state.newer = 'idle'
  }

  private async load_older(): Promise<void> {
    const first = this.window.first
    if (!first) {
      if (this.state.phase === 'ready') this.state.older = 'end'
      return
    }
    this.state.older = 'loading'
    this.changed()
    const { signal } = this.pager
    const { filtered, levels, streams } = this.window
    try {
      const { entries, more } = await this.pager.older(first, levels, streams)
      if (signal.aborted) return
      this.state.older = more ? 'idle' : 'end'
      // The filter may have changed on the way: such a page is of no use.
      if (levels !== this.window.levels || streams !== this.window.streams) this.state.older = 'idle'
      else this.window.prepend(entries, filtered)
      if (this.window.trim_end()) this.detach()
    } catch (error) {
      if (signal.aborted) return
      this.state.older = 'failed'
      this.state.problem = problem_of(error)
    }
    this.refresh()
  }

  private async load_newer(): Promise<void> {
    const last = this.window.last
    if (!last) return
    this.state.newer = 'loading'
    const { signal } = this.pager
    try {
      const { entries, more } = await this.pager.newer(last)
      if (signal.aborted) return
      this.window.append(entries)
      this.state.newer = 'idle'
      if (this.window.trim_start() && this.state.older === 'end') this.state.older = 'idle'
      if (!more) this.attach()
    } catch (error) {
      if (signal.aborted) return
      this.state.newer = 'failed'
      this.state.problem = problem_of(error)
    }
    this.refresh()
  }

  /** Shows the lines around a place, with the first one at or after it brought into sight. */
  private async open_at(place: ViewPlace): Promise<void> {
    this.abort_pages()
    const { signal } = this.pager
    this.state.stale = this.window.records > 0
    if (!this.state.stale) this.state.phase = 'loading'
    this.changed()
    try {
      const around = await this.pager.around(place)
      if (signal.aborted) return
      if (!around) {
        this.look = { ...this.look, follow: true }
        return this.restart_live() // nothing that late: its end is the nearest
      }
      const { before, after } = around
      this.replace_by([...before.entries, ...after.entries], before.more, after.more)
      this.bring_into_sight(this.entry_at(place))
    } catch (error) {
      if (signal.aborted) return
      this.fail(problem_of(error))
    }
    this.changed()
  }

  private async open_first(): Promise<void> {
    if (this.state.older !== 'end') {
      this.abort_pages()
      const { signal } = this.pager
      try {
        const { entries, more } = await this.pager.beginning()
        if (signal.aborted) return
        this.replace_by(entries, false, more)
      } catch (error) {
        if (signal.aborted) return
        this.state.problem = problem_of(error)
        this.notice = 'page_failed'
        return this.refresh()
      }
    }
    this.bring_into_sight(this.window.rows[0])
  }

  /** Starts over with a stretch of the log, loose from the live end unless nothing comes after it. */
  private replace_by(entries: Entry[], more_before: boolean, more_after: boolean): void {
    this.reset_window()
    this.look = { ...this.look, follow: false }
    this.window.append(entries)
    this.state.older = more_before ? 'idle' : 'end'
    if (more_after) this.detach()
    else this.attach()
  }

  private entry_at(place: ViewPlace): Entry | undefined {
    const entries = this.window.entries
    const exact = entries.find(
      (entry) =>
        entry.kind === 'record' && entry.seq === place.seq && (!place.container || entry.container.startsWith(place.container)),
    )
    return exact ?? entries.find((entry) => compare_moments(entry, place) >= 0) ?? entries[entries.length - 1]
  }

  private go_to_place(place: ViewPlace): void {
    const { first, last } = this.window
    if (first && last && compare_moments(first, place) <= 0 && compare_moments(place, last) <= 0) {
      const entry = this.entry_at(place)
      if (entry) this.bring_into_sight(entry)
    } else void this.open_at(place)
  }

  private async fill(id: number): Promise<void> {
    const gap = this.window.entries.find((entry): entry is GapEntry => entry.kind === 'gap' && entry.id === id)
    if (!gap || gap.loading) return
    gap.loading = true
    gap.problem = null
    this.refresh()
    const { signal } = this.pager
    try {
      const { lines, rest } = await this.pager.lines_of(gap)
      if (signal.aborted) return
      this.window.fill(gap, lines, rest)
    } catch (error) {
      if (signal.aborted) return
      gap.problem = problem_of(error).detail ?? problem_of(error).title
    }
    gap.loading = false
    this.refresh()
  }

  // --- finding

  private find_step(by: 1 | -1, row: number, announce: boolean): void {
    const found = this.finder.step(this.window, by, row)
    if (!found) {
      if (announce) this.notice = 'find_none'
      return this.refresh()
    }
    const { entry, wrapped } = found
    if (entry.kind === 'record' && entry.head && !this.window.passes(entry)) this.window.toggle(entry.head)
    if (wrapped && announce) this.notice = 'find_wrapped'
    this.bring_into_sight(entry)
  }

  private async error_step(by: 1 | -1, row: number): Promise<void> {
    const is_error = (entry: Entry) => entry.kind === 'record' && !entry.head && (WORST_LEVELS & (1 << level_of(entry))) !== 0
    for (let i = row - this.window.row_base + by; i >= 0 && i < this.window.rows.length; i += by) {
      const entry = this.window.rows[i]!
      if (is_error(entry)) return this.bring_into_sight(entry)
    }
    const edge = by < 0 ? this.window.first : this.window.last
    if (edge && (by < 0 ? this.state.older !== 'end' : !this.state.attached)) {
      try {
        const entry = await this.pager.error_beyond(edge, by)
        if (entry) return void this.open_at({ ms: entry.ms, ns: entry.ns, seq: entry.seq, container: entry.container })
      } catch (error) {
        this.state.problem = problem_of(error)
        this.notice = 'page_failed'
        return this.refresh()
      }
    }
    this.notice = 'no_more_errors'
    this.refresh()
  }

  private bring_into_sight(entry: Entry | undefined): void {
    if (!entry) return
    const row = this.window.row_of(entry)
    const above = this.look.count >> 1
    this.look = { ...this.look, follow: false, epoch: this.window.epoch, from: row - above, anchor: entry.id, anchor_offset: above }
    this.go_to = { row, id: entry.id }
    this.jumps += 1
    this.refresh()
  }

  private with_record(id: number, action: (entry: RecordEntry) => void): void {
    const entry = this.window.entries.find((each) => each.id === id)
    if (entry?.kind === 'record') action(entry)
    this.refresh()
  }

  // --- what the page sees

  private look_at(look: Look): void {
    if (look.jump < this.jumps) return
    const resumed = look.follow && !this.look.follow
    this.look = { ...look, count: Math.min(look.count, MOST_ROWS) }
    if (resumed) this.state.fresh = 0
    // Asked with the numbers of an earlier numbering: the update that tells the new one is on its way.
    if (look.epoch === this.window.epoch || this.timer === null) this.refresh()
  }

  private page_near_ends(): void {
    const { rows, row_base } = this.window
    const from = this.look.follow && this.state.attached ? row_base + rows.length - this.look.count : this.look.from
    if (this.state.phase !== 'ready' || this.replace || (this.state.attached && !this.state.live)) return
    if (this.state.older === 'idle' && from - row_base < (this.look.follow ? 1 : NEAR)) void this.load_older()
    if (!this.state.attached && this.state.newer === 'idle' && from + this.look.count > row_base + rows.length - NEAR) void this.load_newer()
  }

  /** Something changed at the end: tell the page soon, once it has shown what it was told before. */
  private changed(): void {
    this.dirty = true
    if (this.timer || this.waiting_for_page) return
    const pause = this.added > FLOOD ? POST_EVERY_IN_FLOOD : POST_EVERY
    const wait = this.posted_at + pause - this.ports.now()
    if (wait <= 0) return this.refresh()
    this.timer = this.ports.after(wait, () => this.refresh())
  }

  /** Tells the page now. */
  private refresh(): void {
    this.timer?.()
    this.timer = null
    this.dirty = false
    this.finder.update(this.window)
    const from = this.first_row()
    const { row_base, rows, epoch } = this.window
    const update: ViewUpdate = {
      epoch,
      base: row_base,
      count: rows.length,
      from,
      rows: this.render(from),
      jump: this.jumps,
      state: { ...this.state, counts: [...this.window.counts], records: this.window.records, find: this.found() },
    }
    if (this.go_to) update.go_to = this.go_to
    if (this.notice) update.notice = this.notice
    this.go_to = undefined
    this.notice = undefined
    this.waiting_for_page = true
    this.posted_at = this.ports.now()
    this.added = 0
    this.ports.post(update)
    this.page_near_ends()
  }

  private found(): ViewState['find'] {
    return { query: this.finder.query, total: this.finder.total, at: this.finder.at }
  }

  /** The first row to send, within what there is. Anchors are looked up again when the numbering is new. */
  private first_row(): number {
    const { window, look } = this
    let from = look.from
    if (look.follow && this.state.attached) from = window.row_base + window.rows.length - look.count
    else if (look.epoch !== window.epoch && look.anchor !== null) {
      const anchor = window.entries.find((entry) => entry.id === look.anchor)
      if (anchor) from = window.row_of(anchor) - look.anchor_offset
      this.look = { ...look, epoch: window.epoch, from }
    }
    return Math.max(window.row_base, Math.min(from, window.row_base + window.rows.length - look.count))
  }

  private render(from: number): Row[] {
    const start = from - this.window.row_base
    const context = {
      find: this.finder.query,
      current: this.finder.current,
      expanded: this.expanded,
      merged: this.source.containers.length > 1,
    }
    return this.window.rows.slice(start, start + this.look.count).map((entry) => render_row(entry, context))
  }

  private empty_state(): ViewState {
    return {
      phase: 'loading',
      problem: null,
      stale: false,
      live: false,
      attached: true,
      fresh: 0,
      older: 'idle',
      newer: 'end',
      counts: LEVELS.map(() => 0),
      records: 0,
      readers: {},
      find: { query: '', total: 0, at: 0 },
    }
  }
}

/** What a marker says besides its action; null for events that a reader of the log need not see. */
function marker_detail(event: ContainerEvent): string | null {
  const { action, attributes } = event
  if (action === 'die') return attributes.exitCode ?? attributes.exit_code ?? ''
  if (action === 'rename') return attributes.name ?? ''
  if (action.startsWith('health_status')) return attributes.health_status ?? action.split(':')[1]?.trim() ?? ''
  return ['start', 'oom', 'pause', 'unpause', 'destroy', 'restart', 'kill'].includes(action) ? (attributes.signal ?? '') : null
}
