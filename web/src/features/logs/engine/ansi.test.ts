import { describe, expect, it } from 'vitest'
import { mark_ranges, parse_ansi, show_bidi, strip_ansi } from './ansi'

const show = (line: string) => {
  const { text, style } = parse_ansi(line)
  return text.map((part, i) => (style[i] ? `<${style[i]}>${part}</>` : part)).join('')
}

describe('ANSI colours', () => {
  it.each([
    ['plain', 'plain', 'plain'],
    ['a colour and its end', '\x1b[31mred\x1b[0m rest', '<fg-1>red</> rest'],
    ['an empty reset', '\x1b[1;32mok\x1b[m.', '<fg-2 bold>ok</>.'],
    ['bright colours', '\x1b[91mx\x1b[104my', '<fg-9>x</><fg-9 bg-12>y</>'],
    ['default colours', '\x1b[33;44ma\x1b[39mb\x1b[49mc', '<fg-3 bg-4>a</><bg-4>b</>c'],
    ['256 colours', '\x1b[38;5;1mx\x1b[38;5;196my\x1b[38;5;244mz', '<fg-1>x</><fg-9>y</><fg-8>z</>'],
    ['24-bit colours with semicolons and colons', '\x1b[38;2;255;0;0mx\x1b[0m\x1b[48:2:0:0:90my', '<fg-9>x</><bg-4>y</>'],
    ['parameters after an extended colour', '\x1b[38;5;2;1mx', '<fg-2 bold>x</>'],
    ['flags switched off one by one', '\x1b[1;3mx\x1b[22my\x1b[23mz', '<bold italic>x</><italic>y</>z'],
    ['a sequence cut off at the end', 'x\x1b[3', 'x'],
    ['a lone escape at the end', 'x\x1b', 'x'],
    ['cursor movement and clearing', '\x1b[2K\x1b[1Gdone', 'done'],
    ['a private mode', '\x1b[?25lx', 'x'],
    ['a window title', '\x1b]0;title\x07x', 'x'],
    ['a hyperlink', '\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\', 'link'],
    ['a progress bar', '10%\r50%\r100%', '100%'],
    ['a progress bar in colour', '\x1b[31m10%\r\x1b[32m100%', '<fg-2>100%</>'],
    ['a carriage return at the end', 'text\r', 'text'],
    ['other control characters', 'a\x00b\x07c\td', 'abc\td'],
    ['neighbours of one style', '\x1b[31ma\x1b[31mb', '<fg-1>ab</>'],
    ['nothing but sequences', '\x1b[31m\x1b[0m', ''],
    ['markup, which stays text', '\x1b[31m<b onclick=x>\x1b[0m', '<fg-1><b onclick=x></>'],
  ])('%s', (_, line, expected) => expect(show(line)).toBe(expected))

  it('can be taken off, leaving the text that is shown', () => {
    for (const line of ['\x1b[31mred\x1b[0m rest', '10%\r50%\r100%', 'a\x00b', 'x\x1b[3', '\x1b]0;t\x07x'])
      expect(strip_ansi(line)).toBe(parse_ansi(line).text.join(''))
  })
})

describe('marking', () => {
  it('splits the pieces at the ranges and keeps their styles', () => {
    const marked = mark_ranges({ text: ['abc', 'def', 'g'], style: ['', 'fg-1', ''] }, [
      [1, 4],
      [5, 7],
    ])
    expect(marked).toEqual({
      text: ['a', 'bc', 'd', 'e', 'f', 'g'],
      style: ['', 'hit', 'fg-1 hit', 'fg-1', 'fg-1 hit', 'hit'],
    })
  })
  it('of nothing changes nothing', () => {
    const spans = { text: ['abc'], style: [''] }
    expect(mark_ranges(spans, [])).toBe(spans)
  })
})

describe('signs that turn the order of text', () => {
  it('are shown as what they are', () => {
    expect(show_bidi({ text: ['evil\u202eexe.live', ' \u2066x\u2069'], style: ['', 'bold'] })).toEqual({ text: ['evil', 'RLO', 'exe.live', ' ', 'LRI', 'x', 'PDI'], style: ['', 'sign', '', 'bold', 'bold sign', 'bold', 'bold sign'] })
  })
  it('leave text in Arabic or Hebrew as it is', () => {
    const spans = { text: ['\u05e9\u05dc\u05d5\u05dd \u200f!'], style: [''] }
    expect(show_bidi(spans)).toBe(spans)
  })
})
