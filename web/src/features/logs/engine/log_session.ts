import type { ContainerEvent, Problem } from '@/lib/api/types'
import type { Bounds } from '@/features/range/time_range'
import { to_rfc3339 } from '@/lib/format/time'
import type { Channel } from '@/lib/live/live_client'
import type { LogEntry, Subscribe, SubscriptionMessage } from '@/lib/live/messages'
import { copy_rows } from './copy'
import { empty_state } from './empty_state'
import { cursor_of, marker_entry, marker_of, place_of, type RecordEntry } from './entry'
import { FieldCounter } from './field_counter'
import { EventRows, is_held } from './event_rows'
import { Finder } from './find'
import type { FetchPage, FindLine } from './http_pages'
import { LiveTail } from './live_tail'
import { LogPager } from './log_pager'
import { LogWindow } from './log_window'
import { Paging, type PagedSession } from './paging'
import { Seeker, type SoughtSession } from './seeker'
import { StructuredReader } from './structured'
import { ViewScreen } from './view_screen'
import type { Look, Presentation, ViewCommand, ViewSource, ViewState, ViewUpdate } from './view_messages'

/** What a session stands on; a test brings its own. */
export interface SessionPorts {
  open(channel: Channel): void
  close(channel: Channel): void
  renew(channel: Channel): void
  fetch_page: FetchPage
  find_line: FindLine
  post(update: ViewUpdate): void
  now(): number
  after(ms: number, action: () => void): () => void
}

// What the views of a page hold together, and what each does at least. 100,000 lines of common length are about 40 MB; older ones are paged.
const CAPACITY = 100_000
const LEAST_CAPACITY = 20_000
const TAIL = 500
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
 * It is the state machine of the live end and of what the page commands; what is paged (Paging, by way of LogPager), followed (LiveTail), held
 * (LogWindow), sought (Seeker) and shown (ViewScreen) is elsewhere.
 */
export class LogSession implements Channel, PagedSession, SoughtSession {
  readonly window = new LogWindow(CAPACITY)
  readonly finder = new Finder((entry) => this.reader.said(entry, this.presentation))
  readonly expanded = new Set<number>()
  private source: ViewSource = { containers: [], filter: '', range: { since: null, until: null }, at: null, stored: false }
  state: ViewState = empty_state()
  private subscribed = false
  private readonly tail = new LiveTail()
  /** The rows are replaced by the first frame of the new subscription. */
  replace = false
  /** They were, and what comes is still its beginning. */
  private replaced = false
  readonly pager: LogPager
  readonly screen: ViewScreen
  readonly paging: Paging
  private readonly seeker: Seeker
  private presentation: Presentation = { structured: false, columns: [], names: {} }
  private readonly reader = new StructuredReader()
  private readonly counter: FieldCounter
  readonly events = new EventRows()
  private events_came = false // since this log was opened

  constructor(private readonly ports: SessionPorts) {
    this.pager = new LogPager(ports.fetch_page, ports.find_line, () => this.source)
    this.screen = new ViewScreen(ports, {
      window: this.window,
      finder: this.finder,
      expanded: this.expanded,
      state: () => this.state,
      merged: () => this.source.containers.length > 1,
      read: (entry) => (this.presentation.structured ? this.reader.read(entry) : null),
      presentation: () => this.presentation,
      told: () => this.paging.near_ends(),
    })
    this.counter = new FieldCounter(ports, this.window, (counts) => {
      this.screen.fields = counts
      this.changed()
    })
    this.paging = new Paging(this)
    this.seeker = new Seeker(this)
  }

  /** It is one of so many views, which share what the page may hold. */
  share(views: number): void {
    this.window.capacity = Math.max(LEAST_CAPACITY, Math.floor(CAPACITY / views))
    this.make_room()
  }

  command(command: ViewCommand): void {
    switch (command.do) {
      case 'open':
        this.paging.abort()
        this.reset_window()
        this.state = empty_state()
        this.screen.look = { ...this.screen.look, follow: command.source.at === null, anchor: null }
        this.window.show(command.levels, command.streams)
        this.window.fold = command.fold
        this.finder.set(command.find)
        this.source = command.source
        this.events_came = this.events.any
        return this.start()
      case 'containers':
        return this.change_containers(command.containers, command.recreated)
      case 'filter':
        return this.change_filter(command.filter, command.range)
      case 'events': {
        const late = !this.events_came && command.events.length > 0
        this.events_came ||= late
        this.events.set(command.events)
        return this.place_events(late)
      }
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
        return void this.paging.fill(command.id)
      case 'find':
        return this.seeker.find(command.query, command.row)
      case 'find_step':
        return void this.seeker.find_step(command.by, command.row)
      case 'error_step':
        return void this.seeker.error_step(command.by, command.row)
      case 'go_to':
        return this.paging.go_to(command.place)
      case 'go_live':
        return this.go_live()
      case 'go_first':
        return void this.paging.open_first()
      case 'retry':
        return this.start()
      case 'retry_older':
        return void this.paging.load_older()
      case 'retry_newer':
        return void this.paging.load_newer()
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
    if (!marker || !this.state.attached || !this.source.containers.includes(event.container) || is_held(marker, this.window.entries)) return
    this.window.append([marker])
    this.changed()
  }

  /**
   * Puts what happened between the lines at the live end. Where somebody reads nothing comes in from above, and pages bring theirs with
   * them; only what is known just after a log was opened (`late`) was too late for the first of them.
   */
  private place_events(late = false): void {
    const { first, last } = this.window
    if (!first || !(late || (this.state.attached && this.screen.look.follow))) return
    const rows = this.events.between(first, this.state.attached ? null : (last ?? null), this.window.entries)
    if (!rows.length) return
    this.window.append(rows)
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
    // What a new subscription begins with was written before.
    if (!this.screen.look.follow && !this.replaced) this.state.fresh += Math.max(0, rows)
    if (live) {
      this.replaced = false
      this.place_events()
    }
    this.make_room()
  }

  /** Keeps the window within its capacity without touching what is read. */
  private make_room(): void {
    if (this.window.entries.length <= this.window.capacity) return
    const reader = this.screen.look.follow ? Infinity : this.screen.look.from - this.window.row_base
    if (reader > Math.min(KEEP_BEFORE_READER, this.window.capacity / 5, this.window.rows.length / 2)) {
      if (this.window.trim_start() && this.state.older === 'end') this.state.older = 'idle'
    } else if (this.window.trim_end()) this.detach()
  }

  detach(): void {
    this.state.attached = false
    this.state.newer = 'idle'
  }

  attach(): void {
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

  unsubscribe(): void {
    if (this.subscribed) this.ports.close(this)
    this.subscribed = this.state.live = false
  }

  private start(): void {
    if (this.source.at) void this.paging.open_at(this.source.at)
    else this.restart_live()
  }

  /** Begins anew at the live end; what is on the screen stays until the first lines have come. */
  restart_live(): void {
    this.paging.abort()
    if (this.source.range.until) return void this.paging.open_end()
    this.replace = true
    this.state.problem = null
    if (this.state.phase === 'failed') this.state.phase = 'loading'
    this.subscribe()
    this.changed()
  }

  reset_window(): void {
    this.replace = false
    this.window.clear()
    this.expanded.clear()
    this.tail.reset()
    const { levels, streams } = this.window
    this.state = { ...empty_state(), live: this.state.live, readers: this.state.readers, phase: 'ready' }
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

  fail(problem: Problem): void {
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
    void this.paging.open_at({ ms, ns, ...(read.kind === 'record' && { seq: read.seq, container: read.container }) }, true)
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

  private changed(): void {
    this.screen.changed()
  }
  private refresh(): void {
    this.screen.refresh()
  }
}
