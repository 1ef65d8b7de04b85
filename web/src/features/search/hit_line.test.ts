import { describe, expect, it } from 'vitest'
import { record_entry } from '@/features/logs/engine/entry'
import { lay_out_hit } from './hit_line'

const entry = (text: string, kind: 'text' | 'json' | 'logfmt') =>
  record_entry({ seq: 1, time: '2026-11-21T09:10:05.123456789Z', container: 'c', stream: 'stdout', level: 'info', kind, text } as never)
const text_of = (...args: Parameters<typeof lay_out_hit>) => lay_out_hit(...args).spans.text.join('')
const marked_of = (...args: Parameters<typeof lay_out_hit>) => {
  const { spans } = lay_out_hit(...args)
  return spans.text.filter((_, i) => spans.style[i]!.includes('hit'))
}

describe('a found line', () => {
  const json = entry('{"time":"2026-11-21T09:10:05.123Z","level":"info","msg":"request served","status":503,"request_id":"f00d"}', 'json')
  it('of JSON is its sentence, with what it was found by marked', () => {
    expect(text_of(json, 'api', [{ text: 'f00d', fold: false }])).toBe('request served  status=503 request_id=f00d')
    expect(marked_of(json, 'api', [{ text: 'f00d', fold: false }])).toEqual(['f00d'])
    expect(marked_of(json, 'api', [{ text: 'served', fold: false }])).toEqual(['served'])
  })
  it('is as it came where what it was found by is not in the sentence', () => {
    expect(text_of(json, 'api', [{ text: '"status":503', fold: false }])).toBe(json.text)
    expect(marked_of(json, 'api', [{ text: '"status":503', fold: false }])).toEqual(['"status":503'])
  })
  it('that was found by something else than its text is its sentence', () => {
    expect(text_of(json, 'api', [])).toBe('request served  status=503 request_id=f00d')
  })
  it('of text is itself', () => {
    expect(text_of(entry('worker-3 {"a":1} done', 'text'), 'api', [])).toBe('worker-3 {"a":1} done')
  })
  it('that is long is shown around its first hit', () => {
    const long = lay_out_hit(entry(`${'a '.repeat(2000)}needle${' b'.repeat(2000)}`, 'text'), 'api', [{ text: 'needle', fold: false }])
    expect(long).toMatchObject({ before: true, after: true })
    expect(long.spans.text.join('')).toHaveLength(1200)
    expect(long.spans.text.join('').indexOf('needle')).toBe(160)
  })
  it('that is structured and long says that there is more', () => {
    const long = lay_out_hit(entry(JSON.stringify({ msg: 'served', ...Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`field_${i}`, i])) }), 'json'), 'api', [])
    expect(long).toMatchObject({ before: false, after: true })
  })
})
