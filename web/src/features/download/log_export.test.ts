import { expect, it } from 'vitest'
import { csv_value, file_name, split_lines, write_lines, type ExportCounts, type ExportOptions } from './log_export'

const record = (seq: number, text: string, more = {}) => JSON.stringify({ container: 'abc', time: `2026-01-01T00:00:0${seq}.000000000Z`, seq, stream: 'stdout', level: 'info', kind: 'text', continues: false, text, ...more })
const END = '{"end":{"truncated":false}}'

/** What comes out of the chain for the bytes of an answer, given in pieces of `size`. */
async function file_of(lines: string[], options: Partial<ExportOptions>, size = 7): Promise<{ text: string; counts: ExportCounts }> {
  const counts: ExportCounts = { lines: 0, gaps: 0, unreadable: 0, at: null }
  const bytes = new TextEncoder().encode(lines.join('\n'))
  const pieces = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
      controller.close()
    },
  })
  let text = ''
  const sink = new WritableStream<string>({ write: (part) => void (text += part) })
  await pieces.pipeThrough(split_lines()).pipeThrough(write_lines({ format: 'text', names: null, columns: [], ...options }, counts)).pipeTo(sink)
  return { text, counts }
}
const LINES = [record(1, 'one ü'), record(2, '\u001b[31mred\u001b[0m', { container: 'def', level: 'error', stream: 'stderr' }), '{"gap":{"container":"abc","after_seq":2,"before_seq":9,"after_cursor":null,"before_cursor":null,"lines":6,"reason":"rotated"}}', record(3, '{"status":503,"user":{"id":7},"msg":"a, \\"b\\""}', { kind: 'json' }), END]

it('is text with the time, and with names where there are several containers', async () => {
  const { text, counts } = await file_of(LINES, { names: { abc: 'api', def: 'web' } })
  expect(text.split('\n')).toEqual([
    '2026-01-01T00:00:01.000000000Z api one ü',
    '2026-01-01T00:00:02.000000000Z web red',
    '---- api 6 lines not received (rotated)',
    '2026-01-01T00:00:03.000000000Z api {"status":503,"user":{"id":7},"msg":"a, \\"b\\""}',
    '',
  ])
  expect(counts).toEqual({ lines: 3, gaps: 1, unreadable: 0, at: Date.UTC(2026, 0, 1, 0, 0, 3) })
})
it('is NDJSON as it came, without the end', async () => expect((await file_of(LINES, { format: 'ndjson' })).text).toBe(`${LINES.slice(0, -1).join('\n')}\n`))
it('is a table with the columns of the view', async () => {
  const { text } = await file_of(LINES, { format: 'csv', columns: ['user.id', 'msg'] })
  expect(text.split('\r\n')).toEqual([
    'time,level,stream,user.id,msg,text',
    '2026-01-01T00:00:01.000000000Z,info,stdout,,,one ü',
    '2026-01-01T00:00:02.000000000Z,error,stderr,,,red',
    ',,,,,6 lines not received (rotated)',
    '2026-01-01T00:00:03.000000000Z,info,stdout,7,"a, ""b""","{""status"":503,""user"":{""id"":7},""msg"":""a, \\""b\\""""}"',
    '',
  ])
})
it('does not look whole when the answer was cut off', async () => {
  await expect(file_of(LINES.slice(0, -1), {})).rejects.toThrow('app.cut_off')
  await expect(file_of([...LINES.slice(0, 2), record(3, 'x').slice(0, 40)], {})).rejects.toThrow()
})
it('says how many containers could not be read', async () => expect((await file_of(['{"unreadable":{"container":"abc","reason":"gone"}}', END], {})).counts.unreadable).toBe(1))

it.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['-x', "'-x"],
  ['@SUM("a")', '"\'@SUM(""a"")"'],
  ['', ''],
])('%j is written as %j', (text, expected) => expect(csv_value(text)).toBe(expected))

it.each([
  ['shop/api:1', 'shop_api_1-20260102T030405Z.log'],
  ['../../etc/passwd', 'etc_passwd-20260102T030405Z.log'],
  ['', 'log-20260102T030405Z.log'],
])('a log called %j has the file %s', (title, name) => expect(file_name(title, new Date(Date.UTC(2026, 0, 2, 3, 4, 5)), 'text', false)).toBe(name))
it('a compressed table is called so', () => expect(file_name('x', new Date(0), 'csv', true)).toBe('x-19700101T000000Z.csv.gz'))
