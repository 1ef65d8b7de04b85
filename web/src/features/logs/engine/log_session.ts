import type { ContainerEvent, Problem } from '@/lib/api/types'
import type { Bounds } from '@/features/range/time_range'
import { compare_moments, to_rfc3339 } from '@/lib/format/time'
import type { Channel } from '@/lib/live/live_client'
import type { LogEntry, Subscribe, SubscriptionMessage } from '@/lib/live/messages'
import {
  cursor_of,
  LEVELS,
  marker_entry,
  marker_of,
  place_of,
  type Entry,
  type GapEntry,
  type RecordEntry,
} from './entry'
import { copy_rows } from './copy'
import { FieldCounter } from './field_counter'
import { Finder } from './find'
import { problem_of, type FetchPage } from './http_pages'
import { LiveTail } from './live_tail'
import { LogPager } from './log_pager'
import { line_key, LogWindow } from './log_window'
import { Seeker } from './seeker'
import { StructuredReader } from './structured'
import { ViewScreen } from './view_screen'
import type { Look, Presentation, ViewCommand, ViewPlace, ViewSource, ViewState, ViewUpdate } from './view_messages'

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

/**
 * One log view: keeps a window of the merged log of some containers, follows it over the live connection, pages it over HTTP in both
 * directions, fills gaps, and renders the rows that the page looks at.
 *
 * The window is *attached* while its end is the live end. It comes loose when the reader goes so far back that the end has to be dropped,
 * or opens the view at a time; live lines are then only counted, and the end is reached again by paging or by `go_live`.
 *
 * Long, because it is one state machine: what is read (LogPager), followed (LiveTail), held (LogWindow), sought (Seeker) and shown
 * (ViewScreen) is elsewhere.
 */
export class LogSession implements Channel {
  private readonly window = new LogWindow(CAPACITY)
  private readonly finder = new Finder((entry) => this.reader.said(entry, this.presentation))
  private readonly expanded = new Set<number>()
  private source: ViewSource = { containers: [], filter: '', range: { since: null, until: null }, at: null }
  private state: ViewState = this.empty_state()
  private subscribed = false
  private readonly tail = new LiveTail()
  /** The rows are replaced by the first frame of the new subscription. */
  private replace = false
  /** They were, and what comes is still its beginning. */
  private replaced = false
  private readonly pager: LogPager
  private readonly screen: ViewScreen
  private readonly seeker: Seeker
  private presentation: Presentation = { structured: false, columns: [], names: {} }
  private readonly reader = new StructuredReader()
  private readonly counter: FieldCounter

  constructor(private readonly ports: SessionPorts) {
    this.pager = new LogPager(ports.fetch_page, () => this.source)
    this.screen = new ViewScreen(ports, {
      window: this.window,
      finder: this.finder,
      expanded: this.expanded,
      state: () => this.state,
      merged: () => this.source.containers.length > 1,
      read: (entry) => (this.presentation.structured ? this.reader.read(entry) : null),
      presentation: () => this.presentation,
      told: () => this.page_near_ends(),
    })
    this.counter = new FieldCounter(ports, this.window, (counts) => {
      this.screen.fields = counts
      this.changed()
    })
    this.seeker = new Seeker({ window: this.window, finder: this.finder, pager: this.pager, screen: this.screen, state: () => this.state, open_at: (place) => this.open_at(place) })
  }

  command(command: ViewCommand): void {
    switch (command.do) {
      case 'open':
        this.abort_pages()
        this.reset_window()
        this.state = this.empty_state()
        this.screen.look = { ...this.screen.look, follow: command.source.at === null, anchor: null }
        this.window.show(command.levels, command.streams)
        this.window.fold = command.fold
        this.finder.set(command.find)
        this.source = command.source
        return this.start()
      case 'containers':
        return this.change_containers(command.containers, command.recreated)
      case 'filter':
        return this.change_filter(command.filter, command.range)
      case 'copy': {
        const { epoch, row_base } = this.window
        // The rows have new numbers: the page will hear of them, and can ask again.
        if (command.epoch === epoch) this.screen.copied = copy_rows(this.window, Math.max(row_base, command.from), command.to, command.names)
        return this.refresh()
      }
      case 'present':
        this.presentation = command.presentation
        this.reader.name(command.presentation.names)
        this.screen.presented += 1
        this.finder.recount()
        return this.changed()
      case 'field':
        return this.with_record(command.id, (entry) => {
          const { field } = command
          this.screen.field = this.reader.read(entry)?.fields.find(({ name }, i) => i === field || name === field) ?? null
        })
      case 'detail':
        return this.with_record(command.id, (entry) => (this.screen.detailed = entry))
      case 'count_fields':
        return command.on ? this.counter.start() : this.counter.stop()
      case 'look':
        return this.look_at(command.look)
      case 'applied':
        return this.screen.shown()
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
        return this.seeker.find(command.query, command.row)
      case 'find_step':
        return void this.seeker.find_step(command.by, command.row)
      case 'error_step':
        return void this.seeker.error_step(command.by, command.row)
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
        this.counter.stop()
        this.screen.stop()
        this.unsubscribe()
    }
  }

  /** An event of one of the view's containers becomes a marker between the lines. */
  on_event(event: ContainerEvent): void {
    const marker = marker_of(event)
    if (!marker || !this.state.attached || !this.source.containers.includes(event.container)) return
    this.window.append([marker])
    this.changed()
  }

  on_disconnected(): void {
    this.state.live = false
    this.changed()
  }

  // --- the live subscription

  request(): Subscribe {
    const { containers, filter, range } = this.source
    const resume = this.tail.resume_point(this.window, containers.length > 1)
    return {
      what: 'logs',
      containers,
      credit: CREDIT,
      ...(filter && { filter }),
      ...(range.since && { since: range.since }),
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

  private receive(raw: LogEntry[], live: boolean): void {
    if (this.replace) {
      this.reset_window()
      this.replaced = true
    }
    if (live) this.state.live = true
    this.state.phase = 'ready'
    this.state.problem = null
    const fresh = this.tail.take(raw)
    if (!this.state.attached) {
      if (this.state.live) this.state.fresh += fresh.length
      return
    }
    const rows = this.window.append(fresh)
    this.screen.added += rows
    // What a new subscription begins with was written before.
    if (!this.screen.look.follow && !this.replaced) this.state.fresh += Math.max(0, rows)
    if (live) this.replaced = false
    this.make_room()
  }

  /** Keeps the window within its capacity without touching what is read. */
  private make_room(): void {
    if (this.window.entries.length <= CAPACITY) return
    const reader = this.screen.look.follow ? Infinity : this.screen.look.from - this.window.row_base
    if (reader > Math.min(KEEP_BEFORE_READER, this.window.rows.length / 2)) {
      if (this.window.trim_start() && this.state.older === 'end') this.state.older = 'idle'
    } else if (this.window.trim_end()) this.detach()
  }

  private detach(): void {
    this.state.attached = false
    this.state.newer = 'idle'
  }

  private attach(): void {
    this.state.newer = 'end'
    this.state.fresh = 0
    this.state.attached = !this.source.range.until
    if (!this.state.attached) return
    this.tail.follow(this.window)
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

  private unsubscribe(): void {
    if (this.subscribed) this.ports.close(this)
    this.subscribed = this.state.live = false
  }

  private start(): void {
    if (this.source.at) void this.open_at(this.source.at)
    else this.restart_live()
  }

  /** Begins anew at the live end; what is on the screen stays until the first lines have come. */
  private restart_live(): void {
    this.abort_pages()
    if (this.source.range.until) return void this.open_end()
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
    this.tail.reset()
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
    // Also one that was refused while they were not there: a server that starts does not know them yet.
    if (containers.length && (this.subscribed || this.state.attached)) this.subscribe()
    else if (this.source.range.until) return this.change_filter(this.source.filter, this.source.range)
    this.changed()
  }

  private fail(problem: Problem): void {
    this.state.problem = problem
    this.state.live = this.state.stale = this.replace = false
    this.subscribed = false
    this.ports.close(this)
    if (this.window.records === 0) this.state.phase = 'failed'
  }

  /** At the live end another filter or range begins there anew; a reader who is elsewhere keeps the place. */
  private change_filter(filter: string, range: Bounds): void {
    this.source = { ...this.source, filter, range, at: null }
    this.state.stale = true
    const read = this.screen.read_entry()
    if (!read) return this.restart_live()
    this.unsubscribe() // it follows what the old filter lets through
    const { ms, ns } = place_of(read)
    void this.open_at({ ms, ns, ...(read.kind === 'record' && { seq: read.seq, container: read.container }) }, true)
  }

  private go_live(): void {
    if (this.state.attached && this.state.phase === 'ready') {
      this.state.fresh = 0
      this.screen.look = { ...this.screen.look, follow: true }
      this.refresh()
    } else {
      this.source = { ...this.source, at: null }
      this.screen.look = { ...this.screen.look, follow: true }
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

  /** Shows the lines around a place, with the first one at or after it brought into sight; with `stay` it takes the place of what is read. */
  private async open_at(place: ViewPlace, stay = false): Promise<void> {
    this.abort_pages()
    const { signal } = this.pager
    this.state.stale = this.window.records > 0
    if (!this.state.stale) this.state.phase = 'loading'
    this.changed()
    try {
      const around = await this.pager.around(place)
      if (signal.aborted) return
      if (!around) {
        if (!stay) this.screen.look = { ...this.screen.look, follow: true }
        return this.restart_live() // nothing that late: its end is the nearest
      }
      const { before, after } = around
      const [ids, expanded] = stay ? [this.window.ids(), [...this.expanded]] : [null, []]
      const entries = [...before.entries, ...after.entries]
      // Lines that were there before keep their numbers, by which the page knows what is read, marked and expanded.
      for (const entry of entries) if (entry.kind === 'record') entry.id = ids?.get(line_key(entry)) ?? entry.id
      this.replace_by(entries, before.more, after.more)
      for (const id of expanded) this.expanded.add(id)
      const entry = this.window.entry_at(place)
      if (stay && entry) this.screen.stay_at(entry)
      else this.bring_into_sight(entry)
    } catch (error) {
      if (signal.aborted) return
      this.fail(problem_of(error))
    }
    this.changed()
  }

  /** Shows the end of a range that has one; nothing that is written from now on is in it. */
  private async open_end(): Promise<void> {
    this.unsubscribe()
    const { signal } = this.pager
    this.state.stale = this.window.records > 0
    if (!this.state.stale) this.state.phase = 'loading'
    this.changed()
    try {
      const { entries, more } = await this.pager.end()
      if (signal.aborted) return
      this.replace_by(entries, more, false)
      this.bring_into_sight(this.window.rows.at(-1))
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
        this.screen.notice = 'page_failed'
        return this.refresh()
      }
    }
    this.bring_into_sight(this.window.rows[0])
  }

  /** Starts over with a stretch of the log, loose from the live end unless nothing comes after it. */
  private replace_by(entries: Entry[], more_before: boolean, more_after: boolean): void {
    this.reset_window()
    this.screen.look = { ...this.screen.look, follow: false }
    this.window.append(entries)
    this.state.older = more_before ? 'idle' : 'end'
    if (more_after) this.detach()
    else this.attach()
  }

  private go_to_place(place: ViewPlace): void {
    const { first, last } = this.window
    if (!this.state.stale && first && last && compare_moments(first, place) <= 0 && compare_moments(place, last) <= 0) {
      const entry = this.window.entry_at(place)
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

  private bring_into_sight(entry: Entry | undefined): void {
    if (entry) this.screen.bring_into_sight(entry)
  }

  private with_record(id: number, action: (entry: RecordEntry) => void): void {
    const entry = this.window.entries.find((each) => each.id === id)
    if (entry?.kind === 'record') action(entry)
    this.refresh()
  }

  // --- what the page sees

  private look_at(look: Look): void {
    const answered = this.screen.answers(look)
    if (this.screen.look_at(look)) this.state.fresh = 0
    if (answered) this.refresh()
  }

  private page_near_ends(): void {
    const { rows, row_base } = this.window
    const from = this.screen.look.follow && this.state.attached ? row_base + rows.length - this.screen.look.count : this.screen.look.from
    if (this.state.phase !== 'ready' || this.replace || (this.state.attached && !this.state.live)) return
    if (this.state.older === 'idle' && from - row_base < (this.screen.look.follow ? 1 : NEAR)) void this.load_older()
    if (!this.state.attached && this.state.newer === 'idle' && from + this.screen.look.count > row_base + rows.length - NEAR) void this.load_newer()
  }

  private changed(): void {
    this.screen.changed()
  }
  private refresh(): void {
    this.screen.refresh()
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
      whole: { lines: 0, since: null },
      records: 0,
      searching: false,
      readers: {},
      find: { query: '', total: 0, at: 0 },
    }
  }
}
