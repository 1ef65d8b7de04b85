import type { ApiRecord, PageLine, Problem } from './types'

/** Why the server did not do what it was asked; `status` 0: it did not answer. */
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title)
  }
}

export const refusal_of = (error: unknown): Problem =>
  error instanceof Refusal ? error.problem : { title: error instanceof Error ? error.message : String(error), status: 0 }

async function answer_of(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
  let response: Response
  try {
    response = await fetch(new URL(`api/v1/${path}`, document.baseURI), {
      method,
      credentials: 'same-origin',
      ...(body !== undefined && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Refusal({ title: 'app.unreachable', status: 0 })
  }
  if (response.ok) return response
  const said: unknown = await response.json().catch(() => null)
  if (typeof said === 'object' && said !== null && 'title' in said) throw new Refusal(said as Problem)
  throw new Refusal({ title: 'app.answered', status: response.status })
}

/**
 * Asks the API (`path` as `rules/5`, below `api/v1/`) and gives the answer's JSON, undefined where there is none. Rejects with a Refusal, or
 * with an AbortError when `signal` gave it up.
 */
export async function ask<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await answer_of(method, path, body, signal)
  return (response.status === 204 ? undefined : await response.json()) as T
}

/**
 * Gives each line of an NDJSON answer to `on_line` as soon as it is there. Rejects as `ask` does, and with a Refusal when the connection
 * breaks on the way; whether the answer was whole, its last line says.
 */
export async function ask_stream<T>(path: string, on_line: (line: T) => void, signal: AbortSignal): Promise<void> {
  const { body } = await answer_of('GET', path, undefined, signal)
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      if (signal.aborted) throw error
      throw new Refusal({ title: 'app.cut_off', status: 0 })
    })
    if (done) break
    const lines = (rest + value).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line) on_line(JSON.parse(line) as T)
  }
}

/** The lines of a log read that ends (`logs?limit=…`), as they came; gaps are left out. Rejects as `ask` does. */
export async function ask_lines(path: string, signal?: AbortSignal): Promise<ApiRecord[]> {
  const text = await (await answer_of('GET', path, undefined, signal)).text()
  const parts = text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as PageLine)
  if (!parts.some((part) => 'end' in part)) throw new Refusal({ title: 'app.cut_off', status: 0 })
  return parts.filter((part): part is ApiRecord => 'seq' in part)
}
