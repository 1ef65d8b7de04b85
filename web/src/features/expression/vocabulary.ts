import type { CheckAnswer } from './checker'
import type { EnvironmentName } from './environment'

/** What the server says of a name: a type or a signature, and a sentence of help (which may be empty). */
export interface Entry {
  detail: string
  help: string
}

/**
 * What the server has said of names so far. The page does not know types and help by itself; what it was told once, it keeps, so that
 * they are there at once and without the server too. As large as the language at most.
 */
export class Vocabulary {
  private readonly entries = new Map<string, Entry>()

  /** Takes in the completions of an answer; `base` is the path before the dot they follow, `container` of `container.na`, or empty. */
  learn(environment: EnvironmentName, base: string, answer: CheckAnswer): void {
    for (const { label, kind, detail, help } of answer.completions ?? []) {
      if (kind === 'variable') this.entries.set(key(environment, base ? `${base}.${label}` : label), { detail: detail === 'group' ? '' : detail, help })
      else if (kind === 'function' && base === '') this.entries.set(key(null, label.replace(/\($/, '')), { detail, help })
    }
  }

  /** Whether the names of an environment have been told. */
  knows(environment: EnvironmentName): boolean {
    return this.entries.has(key(environment, 'container')) || this.entries.has(key(environment, 'id'))
  }

  variable(environment: EnvironmentName, path: string): Entry | undefined {
    return this.entries.get(key(environment, path))
  }

  /** `detail` is the signature: `trim(text, characters?) string`. */
  function(name: string): Entry | undefined {
    return this.entries.get(key(null, name))
  }
}

/** The page's. */
export const vocabulary = new Vocabulary()

const key = (environment: EnvironmentName | null, name: string): string => `${environment ?? '()'} ${name}`
