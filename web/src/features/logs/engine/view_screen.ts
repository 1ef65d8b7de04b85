import type { Copied } from './copy'
import type { Entry, RecordEntry } from './entry'
import type { Finder } from './find'
import type { LogWindow } from './log_window'
import type { Field } from './fields'
import type { FieldCounts } from './field_counter'
import { detail_of, render_row, type RenderContext } from './row_renderer'
import type { Structured } from './structured'
import type { Look, Notice, Presentation, Row, ViewState, ViewUpdate } from './view_messages'

/** What a screen shows a part of. */
export interface Picture {
  window: LogWindow
  finder: Finder
  expanded: ReadonlySet<number>
  state(): ViewState
  merged(): boolean
  /** A line as its fields, where lines are shown as such. */
  read(entry: RecordEntry): Structured | null
  presentation(): Presentation
  /** The page was told. */
  told(): void
}
interface Ports {
  post(update: ViewUpdate): void
  now(): number
  after(ms: number, action: () => void): () => void
}

// Updates while lines come in, in ms. A burst comes in several messages, which are gathered; a page that is slow to show an update has half
// as long for itself before the next, and this at most: where it was hidden it took hours.
const GATHER = 10
const POST_EVERY = 33
const LONGEST_REST = 100
const MOST_ROWS = 200

/** What the page looks at, and when it is told of a change: not before it has shown what it was told last, and not too often. */
export class ViewScreen {
  look: Look = { epoch: 0, from: 0, count: 60, follow: true, anchor: null, anchor_offset: 0, jump: 0 }
  /** To be said with the next update. */
  notice: Notice | undefined
  /** To be put on the clipboard. */
  copied: Copied | null = null
  /** The field and the line that were asked for, and what is counted of all fields. */
  field: Field | null = null
  detailed: RecordEntry | null = null
  fields: FieldCounts | null = null
  /** Changes with the presentation. */
  presented = 0
  private waiting_for_page = false
  private dirty = false
  private posted_at = 0
  private next_at = 0
  private timer: (() => void) | null = null
  private go_to: ViewUpdate['go_to']
  private reading: Entry | null = null
  private jumps = 0

  constructor(
    private readonly ports: Ports,
    private readonly picture: Picture,
  ) {}

  /** The page has shown an update. */
  shown(): void {
    if (!this.waiting_for_page) return
    this.waiting_for_page = false
    const now = this.ports.now()
    this.next_at = Math.max(this.posted_at + POST_EVERY, now + Math.min((now - this.posted_at) / 2, LONGEST_REST))
    if (this.dirty) this.changed()
  }

  /** Something changed: tell the page soon, once it has shown what it was told before. */
  changed(): void {
    this.dirty = true
    if (this.timer || this.waiting_for_page) return
    this.timer = this.ports.after(Math.max(GATHER, this.next_at - this.ports.now()), () => this.refresh())
  }

  /** Tells the page now. */
  refresh(): void {
    this.stop()
    this.dirty = false
    const { window, finder } = this.picture
    finder.update(window)
    const from = this.first_row()
    const { row_base, rows, epoch } = window
    const update: ViewUpdate = {
      epoch,
      base: row_base,
      count: rows.length,
      from,
      rows: this.render(from),
      jump: this.jumps,
      state: { ...this.picture.state(), counts: [...window.counts], whole: { lines: window.whole, since: window.whole_since }, records: window.records, find: { query: finder.query, total: finder.total, at: finder.at } },
    }
    if (this.reading) update.reading = window.row_of(this.reading)
    this.reading = null
    if (this.go_to) update.go_to = this.go_to
    if (this.notice) update.notice = this.notice
    if (this.copied) update.copied = this.copied
    if (this.field) update.field = this.field
    if (this.detailed) update.detail = { id: this.detailed.id, detail: detail_of(this.detailed, this.context()) }
    this.detailed = null
    if (this.fields) update.fields = this.fields
    this.copied = this.field = this.fields = null
    this.go_to = undefined
    this.notice = undefined
    this.waiting_for_page = true
    this.posted_at = this.ports.now()
    this.ports.post(update)
    this.picture.told()
  }

  /** Another part is looked at. Returns whether the end is followed again. */
  look_at(look: Look): boolean {
    if (look.jump < this.jumps) return false
    const resumed = look.follow && !this.look.follow
    this.look = { ...look, count: Math.min(look.count, MOST_ROWS) }
    return resumed
  }

  /** Whether a look is answered at once: if not, the update that tells of the new numbering is on its way. */
  answers(look: Look): boolean {
    return look.jump >= this.jumps && (look.epoch === this.picture.window.epoch || this.timer === null)
  }

  bring_into_sight(entry: Entry): void {
    const { window } = this.picture
    const row = window.row_of(entry)
    const above = this.look.count >> 1
    this.look = { ...this.look, follow: false, epoch: window.epoch, from: row - above, anchor: entry.id, anchor_offset: above }
    this.go_to = { row, id: entry.id }
    this.jumps += 1
    this.refresh()
  }

  /** The entry at the top of what the reader looks at; null at the live end. */
  read_entry(): Entry | null {
    const { look } = this
    if (look.follow) return null
    const { window } = this.picture
    return (look.anchor !== null && window.entries.find((entry) => entry.id === look.anchor)) || window.row(look.from) || null
  }

  /** With the next numbering this entry stands where the one was that was read. */
  stay_at(entry: Entry): void {
    this.look = { ...this.look, anchor: entry.id }
    this.reading = entry
  }

  stop(): void {
    this.timer?.()
    this.timer = null
  }

  /** The first row to send, within what there is. Anchors are looked up again when the numbering is new. */
  private first_row(): number {
    const { look } = this
    const { window } = this.picture
    let from = look.from
    if (look.follow && this.picture.state().attached) from = window.row_base + window.rows.length - look.count
    else if (look.epoch !== window.epoch && look.anchor !== null) {
      const anchor = window.entries.find((entry) => entry.id === look.anchor)
      if (anchor) from = window.row_of(anchor) - look.anchor_offset
      this.look = { ...look, epoch: window.epoch, from }
    }
    return Math.max(window.row_base, Math.min(from, window.row_base + window.rows.length - look.count))
  }

  private context(): RenderContext {
    const { window, finder, expanded } = this.picture
    return {
      find: finder.query,
      current: finder.current,
      expanded,
      merged: this.picture.merged(),
      folded: (entry) => (window.passes_folded(entry) ? [] : window.continuations(entry)),
      read: (entry) => this.picture.read(entry),
      columns: this.picture.presentation().columns,
      look: this.presented,
    }
  }

  private render(from: number): Row[] {
    const { window } = this.picture
    const start = from - window.row_base
    const context = this.context()
    return window.rows.slice(start, start + this.look.count).map((entry, i) => ({ ...render_row(entry, context), previous: window.rows[start + i - 1]?.ms ?? null }))
  }
}
