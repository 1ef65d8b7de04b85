// Terminal colours: SGR sequences (ECMA-48 §8.3.117, with the 256 and 24-bit colours of ISO 8613-6) become class names; every other
// control sequence (cursor movement, titles, links) is left out. The result is text and class names, never markup.

/** Pieces of a line: `text[i]` is shown with the classes `style[i]` (empty: plain). */
export interface Spans {
  text: string[]
  style: string[]
}

// CSI (ESC [ or the 8-bit form), OSC up to BEL or ST, and the two-byte escapes. Unfinished sequences at the end are removed as well.
// eslint-disable-next-line no-control-regex -- control characters are the subject here
const SEQUENCE = /(?:\x1b\[|\x9b)([0-9:;<=>?]*)[ -/]*([@-~]|$)|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*(?:[0-~]|$)/g
// eslint-disable-next-line no-control-regex -- likewise
const OTHER_CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g

interface Pen {
  fg: string
  bg: string
  flags: Set<string>
}

/** 24-bit and 256 colours are brought to the 16 theme colours, so that both themes keep their contrast. */
function nearest_of_16(r: number, g: number, b: number): number {
  const high = Math.max(r, g, b)
  const low = Math.min(r, g, b)
  if (high - low < 32) return high < 64 ? 0 : high < 140 ? 8 : high < 210 ? 7 : 15
  const middle = (high + low) / 2
  const index = (r > middle ? 1 : 0) | (g > middle ? 2 : 0) | (b > middle ? 4 : 0)
  return high > 190 ? index + 8 : index
}

function from_256(n: number): number {
  if (n < 16) return n
  if (n >= 232) {
    const grey = 8 + (n - 232) * 10
    return nearest_of_16(grey, grey, grey)
  }
  const part = (x: number) => (x === 0 ? 0 : 55 + x * 40)
  const c = n - 16
  return nearest_of_16(part(Math.floor(c / 36)), part(Math.floor(c / 6) % 6), part(c % 6))
}

/** Reads the colour after a 38 or 48; returns it and how many parameters it took. */
function extended(codes: number[], at: number): [number | undefined, number] {
  if (codes[at] === 5) return [from_256(Math.min(255, codes[at + 1] ?? 0)), 2]
  if (codes[at] === 2) return [nearest_of_16(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), 4]
  return [undefined, 1]
}

const FLAG_ON: Record<number, string> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'inverse', 9: 'strike' }
const FLAG_OFF: Record<number, string[]> = { 22: ['bold', 'dim'], 23: ['italic'], 24: ['underline'], 27: ['inverse'], 29: ['strike'] }

function apply(pen: Pen, parameters: string): void {
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? 0 : +code))
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i]!
    if (code === 0) {
      pen.fg = pen.bg = ''
      pen.flags.clear()
    } else if (FLAG_ON[code]) pen.flags.add(FLAG_ON[code])
    else if (FLAG_OFF[code]) for (const flag of FLAG_OFF[code]) pen.flags.delete(flag)
    else if (code >= 30 && code <= 37) pen.fg = `fg-${code - 30}`
    else if (code >= 90 && code <= 97) pen.fg = `fg-${code - 82}`
    else if (code >= 40 && code <= 47) pen.bg = `bg-${code - 40}`
    else if (code >= 100 && code <= 107) pen.bg = `bg-${code - 92}`
    else if (code === 39) pen.fg = ''
    else if (code === 49) pen.bg = ''
    else if (code === 38 || code === 48) {
      const [colour, taken] = extended(codes, i + 1)
      i += taken
      if (colour !== undefined && code === 38) pen.fg = `fg-${colour}`
      if (colour !== undefined && code === 48) pen.bg = `bg-${colour}`
    }
  }
}

const style_of = (pen: Pen) => [pen.fg, pen.bg, ...pen.flags].filter(Boolean).join(' ')

/** Whether `text` holds anything that `parse_ansi` would treat specially. */
export function has_controls(text: string): boolean {
  OTHER_CONTROLS.lastIndex = 0
  return OTHER_CONTROLS.test(text) || text.includes('\x9b')
}

/** Only the readable text. A carriage return shows what a terminal would: what was written over the line last. */
export function strip_ansi(text: string): string {
  if (!has_controls(text)) return text
  return last_overwrite(text.replace(SEQUENCE, '')).replace(OTHER_CONTROLS, '')
}

function last_overwrite(text: string): string {
  const kept = text.replace(/\r+$/, '')
  return kept.slice(kept.lastIndexOf('\r') + 1)
}

export function parse_ansi(line: string): Spans {
  if (!has_controls(line)) return { text: [line], style: [''] }
  const spans: Spans = { text: [], style: [] }
  const pen: Pen = { fg: '', bg: '', flags: new Set() }
  let returned = false // the cursor stands at the start of the line: what comes next is written over it
  const put = (raw: string) => {
    if (raw && (returned || raw.replace(/\r+$/, '').includes('\r')) && !/^\r*$/.test(raw)) {
      spans.text.length = spans.style.length = 0
      returned = false
    }
    if (raw.endsWith('\r')) returned = true
    const text = last_overwrite(raw).replace(OTHER_CONTROLS, '')
    if (!text) return
    const style = style_of(pen)
    const last = spans.style.length - 1
    if (last >= 0 && spans.style[last] === style) spans.text[last] += text
    else {
      spans.text.push(text)
      spans.style.push(style)
    }
  }
  let from = 0
  for (const match of line.matchAll(SEQUENCE)) {
    put(line.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm' && /^[0-9:;]*$/.test(match[1] ?? '')) apply(pen, match[1] ?? '')
  }
  put(line.slice(from))
  if (spans.text.length === 0) return { text: [''], style: [''] }
  return spans
}

/** Marks the ranges `[start, end)` of the joined text with the class `hit`, keeping the other classes. */
export function mark_ranges(spans: Spans, ranges: readonly (readonly [number, number])[]): Spans {
  if (ranges.length === 0) return spans
  const marked: Spans = { text: [], style: [] }
  let offset = 0
  let next = 0
  spans.text.forEach((text, i) => {
    const style = spans.style[i]!
    let at = 0
    while (at < text.length) {
      while (next < ranges.length && ranges[next]![1] <= offset + at) next += 1
      const range = ranges[next]
      const start = range ? Math.max(0, range[0] - offset) : text.length
      const inside = range !== undefined && start <= at
      const end = Math.min(text.length, inside ? range[1] - offset : start)
      marked.text.push(text.slice(at, end))
      marked.style.push(inside ? `${style} hit`.trim() : style)
      at = end
    }
    offset += text.length
  })
  return marked
}

// What turns the order of the text after it: LRE, RLE, PDF, LRO, RLO, and the isolates. A line that holds one may read as what it is not.
const BIDI = /[\u202a-\u202e\u2066-\u2069]/g
const BIDI_NAMES: Record<string, string> = { '\u202a': 'LRE', '\u202b': 'RLE', '\u202c': 'PDF', '\u202d': 'LRO', '\u202e': 'RLO', '\u2066': 'LRI', '\u2067': 'RLI', '\u2068': 'FSI', '\u2069': 'PDI' }

/** Has signs that turn the order of text shown as what they are, with the class `sign`, in place of having their way. */
export function show_bidi(spans: Spans): Spans {
  if (spans.text.every((text) => text.search(BIDI) < 0)) return spans
  const shown: Spans = { text: [], style: [] }
  const put = (text: string, style: string) => {
    if (text === '') return
    shown.text.push(text)
    shown.style.push(style)
  }
  spans.text.forEach((text, i) => {
    const style = spans.style[i]!
    let from = 0
    for (const match of text.matchAll(BIDI)) {
      put(text.slice(from, match.index), style)
      put(BIDI_NAMES[match[0]]!, `${style} sign`.trim())
      from = match.index + 1
    }
    put(text.slice(from), style)
  })
  return shown
}
