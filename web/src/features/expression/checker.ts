import type { components } from '@/lib/api/openapi'
import type { EnvironmentName } from './environment'

export type CheckAnswer = components['schemas']['ExprCheck']
/** A place in an expression to complete at, in code points, and what was seen of fields. */
export interface Place {
  caret: number
  seen: { path: string; values: string[] }[]
}
/** Asked about a text: an expression over an environment or, with `search`, what may be the shorthand too. */
export interface Question {
  expr: string
  check: EnvironmentName
  search?: boolean
}
/** Asks the server; rejects when there is no answer. */
export type Ask = (question: Question & Partial<Place>, signal: AbortSignal) => Promise<CheckAnswer>

// A pause in typing after which the text is looked at.
const PAUSE = 250
// Answers that are kept: going back and forth between a few texts asks nothing again.
const KEPT = 64

export const ask_server: Ask = async (question, signal) => {
  const response = await fetch(new URL('api/v1/expr/check', document.baseURI), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(question),
    credentials: 'same-origin',
    signal,
  })
  if (!response.ok) throw new Error(`the check answered ${response.status}`)
  return (await response.json()) as CheckAnswer
}

const key_of = ({ expr, check, search }: Question): string => `${check} ${search ?? false} ${expr}`

/** Has texts checked while they are typed: after a pause, only the newest, and none twice. */
export class Checker {
  private readonly answers = new Map<string, CheckAnswer>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private aborter: AbortController | null = null

  constructor(private readonly ask: Ask = ask_server) {}

  /**
   * Calls `done` with the answer, at once where it is known; with null where the server cannot be asked, for then nothing is known and the
   * text is judged when it is applied. A later call, also of `now`, takes the place of this one, whose `done` is then never called.
   */
  check(question: Question, done: (answer: CheckAnswer | null) => void): void {
    this.cancel()
    const known = this.recall(question)
    if (known) return done(known)
    this.timer = setTimeout(() => void this.request(question, done), PAUSE)
  }

  /** The same without the pause. */
  now(question: Question, done: (answer: CheckAnswer | null) => void): void {
    this.cancel()
    const known = this.recall(question)
    if (known) return done(known)
    void this.request(question, done)
  }

  /**
   * What may be written at a place; asked at once. Null where the server cannot be asked or `signal` gave it up. What the answer says of
   * the whole expression is kept for `check`.
   */
  async complete(question: Question, place: Place, signal: AbortSignal): Promise<CheckAnswer | null> {
    try {
      const answer = await this.ask({ ...question, ...place }, signal)
      this.keep(question, answer)
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

  private async request(question: Question, done: (answer: CheckAnswer | null) => void): Promise<void> {
    const aborter = new AbortController()
    this.aborter = aborter
    // It may have been told meanwhile, beside what completes it.
    let answer = this.recall(question)
    try {
      answer ??= await this.ask(question, aborter.signal)
      this.keep(question, answer)
    } catch {
      // No connection, or an answer that is none: said by `null`.
    }
    if (!aborter.signal.aborted) done(answer)
  }

  private recall(question: Question): CheckAnswer | null {
    const known = this.answers.get(key_of(question))
    if (known) this.keep(question, known)
    return known ?? null
  }

  private keep(question: Question, answer: CheckAnswer): void {
    const key = key_of(question)
    this.answers.delete(key)
    this.answers.set(key, answer)
    if (this.answers.size > KEPT) this.answers.delete(this.answers.keys().next().value!)
  }
}
