import { mark_ranges, parse_ansi, show_bidi, type Spans } from '@/features/logs/engine/ansi'
import { plain_text, type RecordEntry } from '@/features/logs/engine/entry'
import { sentence_of } from '@/features/logs/engine/sentence'
import { read_structured } from '@/features/logs/engine/structured'
import { hit_ranges, type Needle } from './hits'

/** A found line as it is shown; of a long one a part, before or after which there is more. */
export interface HitLine {
  spans: Spans
  before: boolean
  after: boolean
}

// Of a long line the part around its first hit is shown.
const SHOWN = 1200
const BEFORE_HIT = 160

function part_of(spans: Spans, from: number, to: number): Spans {
  const part: Spans = { text: [], style: [] }
  let at = 0
  for (const [i, text] of spans.text.entries()) {
    const kept = text.slice(Math.max(0, from - at), Math.max(0, to - at))
    at += text.length
    if (!kept) continue
    part.text.push(kept)
    part.style.push(spans.style[i]!)
  }
  return part
}

const marked = (spans: Spans, needles: readonly Needle[]) => show_bidi(mark_ranges(spans, hit_ranges(spans.text.join(''), needles)))

/** As the log shows it: a structured line as its sentence, unless what it was found by stands only in what a sentence leaves out. */
export function lay_out_hit(entry: RecordEntry, name: string, needles: readonly Needle[]): HitLine {
  const structured = read_structured(entry, name)
  if (structured) {
    const { spans, cut } = sentence_of(structured, [], SHOWN)
    if (hit_ranges(spans.text.join(''), needles).length > 0 || hit_ranges(plain_text(entry), needles).length === 0) return { spans: marked(spans, needles), before: false, after: cut }
  }
  const all = parse_ansi(entry.text)
  const plain = all.text.join('')
  const first = plain.length > SHOWN ? (hit_ranges(plain, needles)[0]?.[0] ?? 0) : 0
  const from = first < SHOWN - BEFORE_HIT ? 0 : first - BEFORE_HIT
  const shown = plain.length > SHOWN ? part_of(all, from, from + SHOWN) : all
  return { spans: marked(shown, needles), before: from > 0, after: plain.length > from + SHOWN }
}
