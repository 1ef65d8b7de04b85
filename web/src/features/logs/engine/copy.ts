import { to_rfc3339 } from '@/lib/format/time'
import { plain_text, type Entry } from './entry'
import type { LogWindow } from './log_window'

// What a clipboard is given at most, in characters.
const MOST = 16 * 1024 * 1024

export interface Copied {
  text: string
  lines: number
  /** There was more than a clipboard is given. */
  cut: boolean
}

/**
 * Rows (by number, both included) as text, with what is folded under them. One line is what was written; several have each their time and,
 * with `names`, their container.
 */
export function copy_rows(window: LogWindow, from: number, to: number, names: Readonly<Record<string, string>> | null): Copied {
  const lines: Entry[] = []
  for (let row = from; row <= to; row += 1) {
    const entry = window.row(row)
    if (entry?.kind !== 'record') continue
    lines.push(entry, ...(entry.folded && !window.passes_folded(entry) ? window.continuations(entry) : []))
  }
  const one = from === to
  const parts: string[] = []
  let length = 0
  for (const entry of lines) {
    if (entry.kind !== 'record') continue
    const text = plain_text(entry)
    const part = one ? text : [to_rfc3339(entry), ...(names ? [names[entry.container] ?? entry.container.slice(0, 12)] : []), text].join(' ')
    length += part.length + 1
    if (length > MOST && parts.length) return { text: parts.join('\n'), lines: parts.length, cut: true }
    parts.push(part)
  }
  return { text: parts.join('\n'), lines: parts.length, cut: false }
}
