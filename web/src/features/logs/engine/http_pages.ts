import type { ApiRecord, PageLine, Problem } from '@/lib/api/types'
import type { LogEntry } from '@/lib/live/messages'

/** One finite read of the log of some containers. Times and cursors as docs/live-protocol.md defines them. */
export interface PageRequest {
  containers: string[]
  order: 'asc' | 'desc'
  limit: number
  cursor?: string
  until_cursor?: string
  since?: string
  until?: string
  levels?: string[]
  streams?: string[]
  filter?: string
}

export interface Page {
  /** In the order of the request. */
  entries: LogEntry[]
  /** True when `limit` ended the read and not the log. */
  truncated: boolean
}

export type FetchPage = (request: PageRequest, signal: AbortSignal) => Promise<Page>

/** The next stored line of some containers, from a cursor on in one direction; `q` is an expression. */
export interface FindRequest {
  containers: string[]
  direction: 'forward' | 'backward'
  cursor: string
  q?: string
  since?: string
  until?: string
  levels?: string[]
  streams?: string[]
}
/** Null: there is none. Undefined: the server keeps no history that could be asked. */
export type FindLine = (request: FindRequest, signal: AbortSignal) => Promise<ApiRecord | null | undefined>

/** A refusal of the server, with its reason for a person. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title)
  }
}

/** An answer that ended before it was whole. What is no refusal has the key of a text as its title: a worker knows no language. */
export const cut_off = (): ProblemError => new ProblemError({ title: 'app.cut_off', status: 0 })

/** What an attempt to read came to, for `reason_of`. `fetch` says with a TypeError that there was no answer. */
export const problem_of = (error: unknown): Problem => (error instanceof ProblemError ? error.problem : { title: 'app.unreachable', status: 0, ...(!(error instanceof TypeError) && { detail: String(error) }) })

// Expressions know a container's id by its first characters, as engines print it.
const SHORT_ID = 12

/** The containers of these ids as an expression. */
export const these_ids = (ids: readonly string[]): string => `id in ${JSON.stringify(ids.map((id) => id.slice(0, SHORT_ID)))}`

function with_parameters(url: URL, values: object): string {
  for (const [name, value] of Object.entries(values) as [string, unknown][])
    if (value !== undefined) url.searchParams.set(name, Array.isArray(value) ? value.join(',') : String(value))
  return url.href
}

/** The address of a read; without a limit it is one of all there is. */
export function page_url(base: string, request: Omit<PageRequest, 'limit'> & { limit?: number }): string {
  const { containers, ...rest } = request
  const one = containers.length === 1
  const url = new URL(one ? `api/v1/containers/${encodeURIComponent(containers[0]!)}/logs` : 'api/v1/logs', base)
  if (!one) url.searchParams.set('containers', these_ids(containers))
  return with_parameters(url, rest)
}

/** Reads an NDJSON page. Throws when the text was cut off before its end line. */
export function parse_page(text: string): Page {
  const page: Page = { entries: [], truncated: false }
  let ended = false
  for (const line of text.split('\n')) {
    if (!line) continue
    const value = JSON.parse(line) as PageLine
    if ('end' in value) {
      ended = true
      page.truncated = value.end.truncated
    } else if (!('unreadable' in value)) page.entries.push(value)
  }
  if (!ended) throw cut_off()
  return page
}

export async function refusal_of(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as Partial<Problem>
    if (typeof body.title === 'string') return { status: response.status, ...body, title: body.title }
  } catch {
    // Not the server's own answer (a proxy's page): its status has to do.
  }
  return { title: response.statusText || 'The request failed', status: response.status }
}

export function page_reader(base: string): FetchPage {
  return async (request, signal) => {
    const response = await fetch(page_url(base, request), { signal, credentials: 'same-origin' })
    if (!response.ok) throw new ProblemError(await refusal_of(response))
    return parse_page(await response.text())
  }
}

// What a server without history says.
const NO_HISTORY = 404

/** Asks `/api/v1/find`, and goes on where one question is not enough: the server looks through a log for some seconds at a time. */
export function line_finder(base: string): FindLine {
  return async ({ containers, ...request }, signal) => {
    for (let cursor: string | null = request.cursor; cursor !== null; ) {
      const url = with_parameters(new URL('api/v1/find', base), { ...request, cursor, containers: these_ids(containers) })
      const response = await fetch(url, { signal, credentials: 'same-origin' })
      if (response.status === NO_HISTORY) return undefined
      if (!response.ok) throw new ProblemError(await refusal_of(response))
      const answer = (await response.json()) as { found: ApiRecord | null; cursor: string | null }
      if (answer.found) return answer.found
      cursor = answer.cursor
    }
    return null
  }
}
