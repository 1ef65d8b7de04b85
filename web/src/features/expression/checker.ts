import type { components } from '@/lib/api/openapi'
import type { EnvironmentName } from './environment'

export type CheckAnswer = components['schemas']['ExprCheck']
/** A place in an expression to complete at, in code points, and what was seen of fields. */
export interface Place {
  caret: number
  seen: { path: string; values: string[] }[]
}
/** Asks the server about an expression; rejects when there is no answer. */
export type Ask = (expression: string, environment: EnvironmentName, place: Place | null, signal: AbortSignal) => Promise<CheckAnswer>

// A pause in typing after which the text is looked at.
const PAUSE = 250
// Answers that are kept: going back and forth between a few texts asks nothing again.
const KEPT = 64

export const ask_server: Ask = async (expr, check, place, signal) => {
  const response = await fetch(new URL('api/v1/expr/check', document.baseURI), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ expr, check, ...place }),
    credentials: 'same-origin',
    signal,
  })
  if (!response.ok) throw new Error(`the check answered ${response.status}`)
  return (await response.json()) as CheckAnswer
}

/** Has expressions checked while they are typed: after a pause, only the newest, and none twice. */
export class Checker {
  private readonly answers = new Map<string, CheckAnswer>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private aborter: AbortController | null = null

  constructor(private readonly ask: Ask = ask_server) {}

  /**
   * Calls `done` with the answer, at once where it is known; with null where the server cannot be asked, for then nothing is known and the
   * text is judged when it is applied. A later call takes the place of this one, whose `done` is then never called.
   */
  check(expression: string, environment: EnvironmentName, done: (answer: CheckAnswer | null) => void): void {
    this.cancel()
    const key = `${environment} ${expression}`
    const known = this.answers.get(key)
    if (known) {
      this.keep(key, known)
      return done(known)
    }
    this.timer = setTimeout(() => void this.request(key, expression, environment, done), PAUSE)
  }

  /**
   * What may be written at a place; asked at once. Null where the server cannot be asked or `signal` gave it up. What the answer says of
   * the whole expression is kept for `check`.
   */
  async complete(expression: string, environment: EnvironmentName, place: Place, signal: AbortSignal): Promise<CheckAnswer | null> {
    try {
      const answer = await this.ask(expression, environment, place, signal)
      this.keep(`${environment} ${expression}`, answer)
      return answer
    } catch {
      return null // no connection, or no longer wanted
    }
  }

  cancel(): void {
    clearTimeout(this.timer)
    this.aborter?.abort()
    this.aborter = null
  }

  private async request(key: string, expression: string, environment: EnvironmentName, done: (answer: CheckAnswer | null) => void): Promise<void> {
    const aborter = new AbortController()
    this.aborter = aborter
    // It may have been told meanwhile, beside what completes it.
    let answer: CheckAnswer | null = this.answers.get(key) ?? null
    try {
      answer ??= await this.ask(expression, environment, null, aborter.signal)
      this.keep(key, answer)
    } catch {
      // No connection, or an answer that is none: said by `null`.
    }
    if (!aborter.signal.aborted) done(answer)
  }

  private keep(key: string, answer: CheckAnswer): void {
    this.answers.delete(key)
    this.answers.set(key, answer)
    if (this.answers.size > KEPT) this.answers.delete(this.answers.keys().next().value!)
  }
}
