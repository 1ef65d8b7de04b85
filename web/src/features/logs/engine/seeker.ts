import { level_of, place_of, WORST_LEVELS, type Entry, type RecordEntry } from './entry'
import type { Finder } from './find'
import { problem_of } from './http_pages'
import type { LogPager } from './log_pager'
import type { LogWindow } from './log_window'
import type { Paging } from './paging'
import type { ViewState } from './view_messages'
import type { ViewScreen } from './view_screen'

/** What a search needs of a session. */
export interface SoughtSession {
  readonly window: LogWindow
  readonly finder: Finder
  readonly pager: LogPager
  readonly screen: ViewScreen
  readonly state: ViewState
  readonly paging: Pick<Paging, 'open_at'>
}

/** Steps from match to match and from error to error of one view: through what is loaded, and then through the rest of the log. */
export class Seeker {
  constructor(private readonly session: SoughtSession) {}

  /** Looks for a text from a row on; an empty one ends the search. */
  find(query: string, row: number): void {
    this.session.finder.set(query)
    this.show_found(query ? this.session.finder.nearest(this.session.window, row) : null)
  }

  /** The next match; past the end of what is loaded it is looked for in the rest of the log, and then from the other end. */
  async find_step(by: 1 | -1, row: number): Promise<void> {
    const from = this.session.finder.current
    const found = this.session.finder.step(this.session.window, by, row)
    if (found && !found.wrapped) return this.show_found(found.entry)
    if (this.session.finder.query && this.reaches_beyond(by)) {
      this.session.finder.current = from
      const entry = await this.beyond(by, (edge) => this.session.pager.found_beyond(edge, by, this.session.window.levels, this.session.window.streams, this.session.finder.query))
      if (entry === 'failed') return
      if (entry) {
        this.session.finder.current = this.session.window.entry_at(entry) ?? null
        return this.session.screen.refresh()
      }
      this.session.finder.current = found?.entry ?? null
    }
    this.session.screen.notice = found ? 'find_wrapped' : 'find_none'
    this.show_found(found?.entry ?? null)
  }

  private reaches_beyond(by: 1 | -1): boolean {
    return by < 0 ? this.session.state.older !== 'end' : !this.session.state.attached
  }

  /** Asks for a line beyond an end of what is held, and shows the log around it. Null: there is none. */
  private async beyond(by: 1 | -1, ask: (edge: RecordEntry) => Promise<RecordEntry | undefined>): Promise<RecordEntry | null | 'failed'> {
    const edge = by < 0 ? this.session.window.first : this.session.window.last
    if (!edge) return null
    const { signal } = this.session.pager
    this.session.state.searching = true
    this.session.screen.changed()
    try {
      const entry = await ask(edge)
      if (signal.aborted) return 'failed'
      if (!entry) return null
      const { ms, ns } = place_of(entry)
      await this.session.paging.open_at({ ms, ns, seq: entry.seq, container: entry.container })
      return entry
    } catch (error) {
      if (signal.aborted) return 'failed'
      this.session.state.problem = problem_of(error)
      this.session.screen.notice = 'page_failed'
      this.session.screen.refresh()
      return 'failed'
    } finally {
      this.session.state.searching = false
      this.session.screen.changed()
    }
  }

  /** Brings a match into sight, unfolded, if there is one. */
  private show_found(entry: Entry | null): void {
    if (!entry) return this.session.screen.refresh()
    if (entry.kind === 'record' && entry.head && !this.session.window.passes(entry)) this.session.window.toggle(entry.head)
    this.session.screen.bring_into_sight(entry)
  }

  async error_step(by: 1 | -1, row: number): Promise<void> {
    const is_error = (entry: Entry) => entry.kind === 'record' && !entry.head && (WORST_LEVELS & (1 << level_of(entry))) !== 0
    for (let i = row - this.session.window.row_base + by; i >= 0 && i < this.session.window.rows.length; i += by) {
      const entry = this.session.window.rows[i]!
      if (is_error(entry)) return this.session.screen.bring_into_sight(entry)
    }
    if (this.reaches_beyond(by) && (await this.beyond(by, (edge) => this.session.pager.error_beyond(edge, by, this.session.window.levels, this.session.window.streams)))) return
    this.session.screen.notice = 'no_more_errors'
    this.session.screen.refresh()
  }
}
