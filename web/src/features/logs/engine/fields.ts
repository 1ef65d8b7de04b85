// What a JSON or logfmt line says, field by field, in one pass over its text.

export type FieldType = 'text' | 'number' | 'bool' | 'null' | 'list'

export interface Field {
  /** The keys that lead to it, from the outside in; empty for a word that stands in a logfmt line without a key. */
  path: string[]
  /** The same with dots. */
  name: string
  /** A text as it reads, without quotes and escapes; anything else as it was written, so that a number keeps every digit. */
  value: string
  type: FieldType
}

// What one line may cost: further fields are left out, and what lies deeper is one value, as it was written.
const MOST_FIELDS = 200
const DEEPEST = 12

/** Where the text in quotes that begins at `from` ends, behind its closing quote; -1 when it does not. */
function text_end(text: string, from: number): number {
  for (let quote = text.indexOf('"', from + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1
    while (text[before] === '\\') before -= 1
    if ((quote - before) % 2 === 1) return quote + 1
  }
  return -1
}

function unquote(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted.slice(1, -1) // an escape that JSON does not know, as logfmt may have
  }
}

const SCALAR = /-?\d[\d.eE+-]*|true|false|null/y
const type_of = (word: string): FieldType => (word === 'null' ? 'null' : word === 'true' || word === 'false' ? 'bool' : 'number')

class JsonFields {
  readonly fields: Field[] = []
  private at = 0

  constructor(private readonly text: string) {}

  /** Whether the text is an object as far as it was looked at: up to its end, or up to the last field that is taken. */
  read(): boolean {
    this.at = this.text.indexOf('{')
    return this.at >= 0 && (this.object([], '') || this.full)
  }

  private get full(): boolean {
    return this.fields.length >= MOST_FIELDS
  }

  private next(): string | undefined {
    while (this.text.charCodeAt(this.at) <= 32) this.at += 1
    return this.text[this.at]
  }

  private string(): string | null {
    const end = this.text[this.at] === '"' ? text_end(this.text, this.at) : -1
    if (end < 0) return null
    const from = this.at
    this.at = end
    return this.text.slice(from, end)
  }

  private object(path: string[], name: string): boolean {
    this.at += 1
    if (this.next() === '}') {
      this.at += 1
      if (path.length) this.put(path, name, '{}', 'list')
      return true
    }
    for (;;) {
      this.next()
      const key = this.string()
      if (key === null || this.next() !== ':') return false
      this.at += 1
      const own = unquote(key)
      if (!this.value([...path, own], name === '' ? own : `${name}.${own}`)) return false
      const sign = this.next()
      this.at += 1
      if (sign === '}') return true
      if (sign !== ',') return false
    }
  }

  private value(path: string[], name: string): boolean {
    const sign = this.next()
    if (sign === '"') {
      const quoted = this.string()
      return quoted !== null && this.put(path, name, unquote(quoted), 'text')
    }
    if (sign === '{' && path.length < DEEPEST) return this.object(path, name)
    const from = this.at
    if (sign === '{' || sign === '[') return this.skip() && this.put(path, name, this.text.slice(from, this.at), 'list')
    SCALAR.lastIndex = from
    const word = SCALAR.exec(this.text)?.[0]
    if (word === undefined) return false
    this.at += word.length
    return this.put(path, name, word, type_of(word))
  }

  /** Goes behind the object or list that begins here. */
  private skip(): boolean {
    for (let depth = 0; this.at < this.text.length; ) {
      const sign = this.text[this.at]
      if (sign === '"') {
        if (this.string() === null) return false
        continue
      }
      this.at += 1
      if (sign === '{' || sign === '[') depth += 1
      else if (sign === '}' || sign === ']') {
        depth -= 1
        if (depth === 0) return true
      }
    }
    return false
  }

  private put(path: string[], name: string, value: string, type: FieldType): boolean {
    this.fields.push({ path, name, value, type })
    return !this.full
  }
}

const WORD = /([^\s="]+)(?:=("(?:[^"\\]|\\.)*"|\S*))?/g

function logfmt_fields(text: string): Field[] {
  const fields: Field[] = []
  for (const [, key, value] of text.matchAll(WORD)) {
    if (fields.length >= MOST_FIELDS) break
    if (value === undefined) fields.push({ path: [], name: '', value: key!, type: 'text' })
    else fields.push({ path: [key!], name: key!, value: value.startsWith('"') && value.length > 1 ? unquote(value) : value, type: 'text' })
  }
  return fields
}

/** The fields of a line without colours, in its order, nested ones one by one; null when it turns out to have none. Values of logfmt are texts. */
export function fields_of(text: string, format: 'json' | 'logfmt'): Field[] | null {
  if (format === 'logfmt') {
    const fields = logfmt_fields(text)
    return fields.some(({ path }) => path.length) ? fields : null
  }
  const json = new JsonFields(text)
  return json.read() && json.fields.length ? json.fields : null
}
