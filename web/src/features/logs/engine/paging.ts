import { compare_moments } from '@/lib/format/time'
import type { Entry, GapEntry } from './entry'
import type { EventRows } from './event_rows'
import { problem_of } from './http_pages'
import type { LogPager } from './log_pager'
import { line_key, type LogWindow } from './log_window'
import type { Problem } from '@/lib/api/types'
import type { ViewPlace, ViewState } from './view_messages'
import type { ViewScreen } from './view_screen'

/** What paging needs of a session. */
export interface PagedSession {
  readonly window: LogWindow
  readonly pager: LogPager
  readonly screen: ViewScreen
  readonly events: EventRows
  readonly expanded: Set<number>
  readonly state: ViewState
  /** All rows are about to be replaced by those of a new subscription. */
  readonly replace: boolean
  reset_window(): void
  /** The window reaches the end of what there is, or does so no more. */
  attach(): void
  detach(): void
  /** Begins anew at the live end. */
  restart_live(): void
  unsubscribe(): void
  /** Nothing can be shown. */
  fail(problem: Problem): void
}

// A page is asked for when the reader is this close to an end of what is held.
const NEAR = 300

/** Brings the parts of a log into a session's window that the live end does not: older and newer pages, the lines around a place, those of a gap. */
export class Paging {
  constructor(private readonly session: PagedSession) {}

  /** What is still on its way is of no use any more. */
  abort(): void {
    this.session.pager.abort()
    if (this.session.state.older === 'loading') this.session.state.older = 'idle'
    if (this.session.state.newer === 'loading') this.session.state.newer = 'idle'
  }

  async load_older(): Promise<void> {
    const first = this.session.window.first
    if (!first) {
      if (this.session.state.phase === 'ready') this.session.state.older = 'end'
      return
    }
    this.session.state.older = 'loading'
    this.session.screen.changed()
    const { signal } = this.session.pager
    const { filtered, levels, streams } = this.session.window
    try {
      const { entries, more } = await this.session.pager.older(first, levels, streams)
      if (signal.aborted) return
      this.session.state.older = more ? 'idle' : 'end'
      // The filter may have changed on the way: such a page is of no use.
      if (levels !== this.session.window.levels || streams !== this.session.window.streams) this.session.state.older = 'idle'
      else this.session.window.prepend(this.session.events.among(entries, more ? (entries[0] ?? first) : null, first), filtered)
      if (this.session.window.trim_end()) this.session.detach()
    } catch (error) {
      if (signal.aborted) return
      this.session.state.older = 'failed'
      this.session.state.problem = problem_of(error)
    }
    this.session.screen.refresh()
  }

  async load_newer(): Promise<void> {
    const last = this.session.window.last
    if (!last) return
    this.session.state.newer = 'loading'
    const { signal } = this.session.pager
    try {
      const { entries, more } = await this.session.pager.newer(last)
      if (signal.aborted) return
      this.session.window.append(this.session.events.among(entries, last, more ? (entries.at(-1) ?? last) : null))
      this.session.state.newer = 'idle'
      if (this.session.window.trim_start() && this.session.state.older === 'end') this.session.state.older = 'idle'
      if (!more) this.session.attach()
    } catch (error) {
      if (signal.aborted) return
      this.session.state.newer = 'failed'
      this.session.state.problem = problem_of(error)
    }
    this.session.screen.refresh()
  }

  /** Other lines are about to take the place of those that are shown. */
  private begin(): void {
    this.session.state.stale = this.session.window.records > 0
    if (!this.session.state.stale) this.session.state.phase = 'loading'
    this.session.screen.changed()
  }

  /** Shows the lines around a place, with the first one at or after it brought into sight; with `stay` it takes the place of what is read. */
  async open_at(place: ViewPlace, stay = false): Promise<void> {
    this.abort()
    const { signal } = this.session.pager
    this.begin()
    try {
      const around = await this.session.pager.around(place)
      if (signal.aborted) return
      if (!around) {
        if (!stay) this.session.screen.look = { ...this.session.screen.look, follow: true }
        return this.session.restart_live() // nothing that late: its end is the nearest
      }
      const { before, after } = around
      const [ids, expanded] = stay ? [this.session.window.ids(), [...this.session.expanded]] : [null, []]
      const entries = [...before.entries, ...after.entries]
      // Lines that were there before keep their numbers, by which the page knows what is read, marked and expanded.
      for (const entry of entries) if (entry.kind === 'record') entry.id = ids?.get(line_key(entry)) ?? entry.id
      this.replace_by(entries, before.more, after.more)
      for (const id of expanded) this.session.expanded.add(id)
      const entry = this.session.window.entry_at(place)
      if (stay && entry) this.session.screen.stay_at(entry)
      else this.bring_into_sight(entry)
    } catch (error) {
      if (signal.aborted) return
      this.session.fail(problem_of(error))
    }
    this.session.screen.changed()
  }

  /** Shows the end of a range that has one; nothing that is written from now on is in it. */
  async open_end(): Promise<void> {
    this.session.unsubscribe()
    const { signal } = this.session.pager
    this.begin()
    try {
      const { entries, more } = await this.session.pager.end()
      if (signal.aborted) return
      this.replace_by(entries, more, false)
      this.bring_into_sight(this.session.window.rows.at(-1))
    } catch (error) {
      if (signal.aborted) return
      this.session.fail(problem_of(error))
    }
    this.session.screen.changed()
  }

  async open_first(): Promise<void> {
    if (this.session.state.older !== 'end') {
      this.abort()
      const { signal } = this.session.pager
      try {
        const { entries, more } = await this.session.pager.beginning()
        if (signal.aborted) return
        this.replace_by(entries, false, more)
      } catch (error) {
        if (signal.aborted) return
        this.session.state.problem = problem_of(error)
        this.session.screen.notice = 'page_failed'
        return this.session.screen.refresh()
      }
    }
    this.bring_into_sight(this.session.window.rows[0])
  }

  /** Starts over with a stretch of the log, loose from the live end unless nothing comes after it. */
  private replace_by(entries: Entry[], more_before: boolean, more_after: boolean): void {
    this.session.reset_window()
    this.session.screen.look = { ...this.session.screen.look, follow: false }
    this.session.window.append(this.session.events.among(entries, more_before ? (entries[0] ?? null) : null, more_after ? (entries.at(-1) ?? null) : null))
    this.session.state.older = more_before ? 'idle' : 'end'
    if (more_after) this.session.detach()
    else this.session.attach()
  }

  go_to(place: ViewPlace): void {
    const { first, last } = this.session.window
    if (!this.session.state.stale && first && last && compare_moments(first, place) <= 0 && compare_moments(place, last) <= 0) {
      const entry = this.session.window.entry_at(place)
      if (entry) this.bring_into_sight(entry)
    } else if (this.session.state.attached && !this.session.state.stale && last && compare_moments(last, place) < 0) this.bring_into_sight(this.session.window.rows.at(-1)) // nothing is that late
    else void this.open_at(place)
  }

  async fill(id: number): Promise<void> {
    const gap = this.session.window.entries.find((entry): entry is GapEntry => entry.kind === 'gap' && entry.id === id)
    if (!gap || gap.loading) return
    gap.loading = true
    gap.problem = null
    this.session.screen.refresh()
    const { signal } = this.session.pager
    try {
      const { lines, rest } = await this.session.pager.lines_of(gap)
      if (signal.aborted) return
      this.session.window.fill(gap, lines, rest)
    } catch (error) {
      if (signal.aborted) return
      gap.problem = problem_of(error)
    }
    gap.loading = false
    this.session.screen.refresh()
  }

  private bring_into_sight(entry: Entry | undefined): void {
    if (entry) this.session.screen.bring_into_sight(entry)
  }

  /** Asks for what comes before or after, where the reader is close to an end of what is held. */
  near_ends(): void {
    const { rows, row_base } = this.session.window
    const from = this.session.screen.look.follow && this.session.state.attached ? row_base + rows.length - this.session.screen.look.count : this.session.screen.look.from
    if (this.session.state.phase !== 'ready' || this.session.replace || (this.session.state.attached && !this.session.state.live)) return
    if (this.session.state.older === 'idle' && from - row_base < (this.session.screen.look.follow ? 1 : NEAR)) void this.load_older()
    if (!this.session.state.attached && this.session.state.newer === 'idle' && from + this.session.screen.look.count > row_base + rows.length - NEAR) void this.load_newer()
  }
}
