import { level_of, place_of, WORST_LEVELS, type Entry, type RecordEntry } from './entry'
import type { Finder } from './find'
import { problem_of } from './http_pages'
import type { LogPager } from './log_pager'
import type { LogWindow } from './log_window'
import type { ViewPlace, ViewState } from './view_messages'
import type { ViewScreen } from './view_screen'

interface Parts {
  window: LogWindow
  finder: Finder
  pager: LogPager
  screen: ViewScreen
  state(): ViewState
  /** Shows the log around a place. */
  open_at(place: ViewPlace): Promise<void>
}

/** Steps from match to match and from error to error of one view: through what is loaded, and then through the rest of the log. */
export class Seeker {
  constructor(private readonly parts: Parts) {}

  /** Looks for a text from a row on; an empty one ends the search. */
  find(query: string, row: number): void {
    this.parts.finder.set(query)
    this.show_found(query ? this.parts.finder.nearest(this.parts.window, row) : null)
  }

  /** The next match; past the end of what is loaded it is looked for in the rest of the log, and then from the other end. */
  async find_step(by: 1 | -1, row: number): Promise<void> {
    const from = this.parts.finder.current
    const found = this.parts.finder.step(this.parts.window, by, row)
    if (found && !found.wrapped) return this.show_found(found.entry)
    if (this.parts.finder.query && this.reaches_beyond(by)) {
      this.parts.finder.current = from
      const entry = await this.beyond(by, (edge) => this.parts.pager.found_beyond(edge, by, this.parts.finder.query))
      if (entry === 'failed') return
      if (entry) {
        this.parts.finder.current = this.parts.window.entry_at(entry) ?? null
        return this.parts.screen.refresh()
      }
      this.parts.finder.current = found?.entry ?? null
    }
    this.parts.screen.notice = found ? 'find_wrapped' : 'find_none'
    this.show_found(found?.entry ?? null)
  }

  private reaches_beyond(by: 1 | -1): boolean {
    return by < 0 ? this.parts.state().older !== 'end' : !this.parts.state().attached
  }

  /** Asks for a line beyond an end of what is held, and shows the log around it. Null: there is none. */
  private async beyond(by: 1 | -1, ask: (edge: RecordEntry) => Promise<RecordEntry | undefined>): Promise<RecordEntry | null | 'failed'> {
    const edge = by < 0 ? this.parts.window.first : this.parts.window.last
    if (!edge) return null
    const { signal } = this.parts.pager
    this.parts.state().searching = true
    this.parts.screen.changed()
    try {
      const entry = await ask(edge)
      if (signal.aborted) return 'failed'
      if (!entry) return null
      const { ms, ns } = place_of(entry)
      await this.parts.open_at({ ms, ns, seq: entry.seq, container: entry.container })
      return entry
    } catch (error) {
      if (signal.aborted) return 'failed'
      this.parts.state().problem = problem_of(error)
      this.parts.screen.notice = 'page_failed'
      this.parts.screen.refresh()
      return 'failed'
    } finally {
      this.parts.state().searching = false
      this.parts.screen.changed()
    }
  }

  /** Brings a match into sight, unfolded, if there is one. */
  private show_found(entry: Entry | null): void {
    if (!entry) return this.parts.screen.refresh()
    if (entry.kind === 'record' && entry.head && !this.parts.window.passes(entry)) this.parts.window.toggle(entry.head)
    this.parts.screen.bring_into_sight(entry)
  }

  async error_step(by: 1 | -1, row: number): Promise<void> {
    const is_error = (entry: Entry) => entry.kind === 'record' && !entry.head && (WORST_LEVELS & (1 << level_of(entry))) !== 0
    for (let i = row - this.parts.window.row_base + by; i >= 0 && i < this.parts.window.rows.length; i += by) {
      const entry = this.parts.window.rows[i]!
      if (is_error(entry)) return this.parts.screen.bring_into_sight(entry)
    }
    if (this.reaches_beyond(by) && (await this.beyond(by, (edge) => this.parts.pager.error_beyond(edge, by)))) return
    this.parts.screen.notice = 'no_more_errors'
    this.parts.screen.refresh()
  }
}
