import type { Level } from '@/lib/api/types'
import { compare_moments, parse_time, to_rfc3339 } from '@/lib/format/time'
import {
  ALL_LEVELS,
  BOTH_STREAMS,
  cursor_of,
  gap_entry,
  LEVELS,
  record_entry,
  STDOUT,
  WORST_LEVELS,
  type Entry,
  type GapEntry,
  type RecordEntry,
} from './entry'
import { folds_case } from './find'
import type { FetchPage, FindLine, Page, PageRequest } from './http_pages'
import type { ViewPlace, ViewSource } from './view_messages'

const PAGE = 1000

/** Entries in the order of the log, and whether there are more beyond them. */
export interface PagedEntries {
  entries: Entry[]
  more: boolean
}

/** The page reads of one view. Whoever awaits one looks at `signal` afterwards: what was given up must not be applied. */
export class LogPager {
  private aborter = new AbortController()

  constructor(
    private readonly fetch_page: FetchPage,
    private readonly find_line: FindLine,
    private readonly source: () => ViewSource,
  ) {}

  get signal(): AbortSignal {
    return this.aborter.signal
  }

  /** Gives up what is on its way. */
  abort(): void {
    this.aborter.abort()
    this.aborter = new AbortController()
  }

  /** The lines before one, only those of the levels and streams that are shown. */
  async older(first: RecordEntry, levels: number, streams: number): Promise<PagedEntries> {
    return paged(
      await this.read({
        order: 'desc',
        limit: PAGE,
        cursor: this.cursor(first),
        ...shown(levels, streams),
      }),
      true,
    )
  }

  async newer(last: RecordEntry): Promise<PagedEntries> {
    return paged(await this.read({ order: 'asc', limit: PAGE, cursor: this.cursor(last) }), false)
  }

  async beginning(): Promise<PagedEntries> {
    return paged(await this.read({ order: 'asc', limit: PAGE }), false)
  }

  /** The last lines before the range's end. */
  async end(): Promise<PagedEntries> {
    return paged(await this.read({ order: 'desc', limit: PAGE }), true)
  }

  /** What comes before and after a time; null when there is nothing at or after it. */
  async around(place: ViewPlace): Promise<{ before: PagedEntries; after: PagedEntries } | null> {
    const after = paged(await this.read({ order: 'asc', limit: PAGE, since: later(to_rfc3339(place), this.source().range.since) }), false)
    const first = after.entries.find((entry): entry is RecordEntry => entry.kind === 'record')
    if (!first) return null
    const before = await this.read({ order: 'desc', limit: PAGE / 2, cursor: this.cursor(first) })
    return { before: paged(before, true), after }
  }

  /** The next line beyond an end of what is held that is shown (of these levels and streams) and an error. */
  error_beyond(edge: RecordEntry, by: 1 | -1, levels: number, streams: number): Promise<RecordEntry | undefined> {
    return this.beyond(edge, by, levels & WORST_LEVELS, streams)
  }

  /** Likewise, and has a text in it. */
  found_beyond(edge: RecordEntry, by: 1 | -1, levels: number, streams: number, query: string): Promise<RecordEntry | undefined> {
    return this.beyond(edge, by, levels, streams, `${folds_case(query) ? 'lower(text)' : 'text'} contains ${JSON.stringify(query)}`)
  }

  /** History is asked where it keeps all of these logs: it finds a line without reading those between. */
  private async beyond(edge: RecordEntry, by: 1 | -1, levels: number, streams: number, has = ''): Promise<RecordEntry | undefined> {
    if (levels === 0) return undefined
    const { containers, filter, range, stored } = this.source()
    const condition = [filter && has ? `(${filter})` : filter, has].filter(Boolean).join(' and ')
    const cursor = this.cursor(edge)
    if (stored) {
      const bounds = { ...(range.since && { since: range.since }), ...(range.until && { until: range.until }) }
      const request = { containers, direction: by < 0 ? 'backward' : 'forward', cursor, ...bounds, ...(condition && { q: condition }), ...shown(levels, streams) } as const
      const found = await this.find_line(request, this.signal)
      if (found !== undefined) return found ? record_entry(found) : undefined
    }
    const page = await this.read({ order: by < 0 ? 'desc' : 'asc', limit: 1, cursor, ...(condition && { filter: condition }), ...shown(levels, streams) })
    return paged(page, false).entries.find((entry): entry is RecordEntry => entry.kind === 'record')
  }

  /** The lines of a gap, and the gap that is left behind them when they were too many for one page. */
  async lines_of({ gap }: GapEntry): Promise<{ lines: RecordEntry[]; rest: GapEntry | null }> {
    const { container, after_cursor, before_cursor } = gap
    const { filter } = this.source()
    // A single container's read takes its own cursors, without the container that merged ones name.
    const bare = (cursor: string) => cursor.split('~')[0]!
    const page = await this.fetch_page(
      {
        containers: [container],
        order: 'asc',
        limit: PAGE,
        ...(after_cursor && { cursor: bare(after_cursor) }),
        ...(before_cursor && { until_cursor: bare(before_cursor) }),
        ...(filter && { filter }),
      },
      this.signal,
    )
    const lines = paged(page, false).entries.filter((entry): entry is RecordEntry => entry.kind === 'record')
    const last = lines[lines.length - 1]
    if (!page.truncated || !last) return { lines, rest: null }
    const left = gap.lines === null ? null : Math.max(0, gap.lines - lines.length)
    return { lines, rest: gap_entry({ ...gap, after_seq: last.seq, after_cursor: cursor_of(last, false), lines: left }) }
  }

  private cursor(entry: RecordEntry): string {
    return cursor_of(entry, this.source().containers.length > 1)
  }

  private read(request: Omit<PageRequest, 'containers'>): Promise<Page> {
    const { containers, filter, range } = this.source()
    const bounds = { ...(range.since && { since: range.since }), ...(range.until && { until: range.until }) }
    return this.fetch_page({ containers, ...(filter && { filter }), ...bounds, ...request }, this.signal)
  }
}

function paged(page: Page, reversed: boolean): PagedEntries {
  const entries = page.entries.map((item) => ('gap' in item ? gap_entry(item.gap) : record_entry(item)))
  return { entries: reversed ? entries.reverse() : entries, more: page.truncated }
}

/** The parameters of a read that gives only what is shown. */
const shown = (levels: number, streams: number) => ({
  ...(levels !== ALL_LEVELS && { levels: level_names(levels) }),
  ...(streams !== BOTH_STREAMS && { streams: [streams === STDOUT ? 'stdout' : 'stderr'] }),
})

/** The later of two times; `other` may be none. */
function later(time: string, other: string | null): string {
  const [a, b] = [parse_time(time), other === null ? undefined : parse_time(other)]
  return a && b && compare_moments(a, b) < 0 ? other! : time
}

export function level_names(mask: number): Level[] {
  return LEVELS.filter((_, i) => mask & (1 << i))
}
