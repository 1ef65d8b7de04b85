import { describe, expect, it } from 'vitest'
import { record_entry } from './entry'
import { Finder, find_ranges } from './find'
import { LogWindow } from './log_window'

const line = (seq: number, text: string, continues = false) =>
  record_entry({
    container: 'a',
    time: new Date(seq * 1000).toISOString(),
    seq,
    stream: 'stdout',
    level: 'info',
    kind: 'text',
    continues,
    text,
  })

describe('finding', () => {
  it.each([
    ['Timeout after TIMEOUT', 'timeout', [[0, 7], [14, 21]]],
    ['Timeout after TIMEOUT', 'Timeout', [[0, 7]]],
    ['aaaa', 'aa', [[0, 2], [2, 4]]],
    ['a.c abc', 'a.c', [[0, 3]]],
    ['text', '', []],
  ])('in %j for %j', (text, query, expected) => expect(find_ranges(text, query)).toEqual(expected))

  it('finds what is shown of a JSON line, too, and lays out only what may have it', () => {
    const window = new LogWindow(100)
    const json = (seq: number, text: string) => ({ ...line(seq, text), format: 'json' as const })
    window.append([json(1, '{"user":{"id":7},"status":503}'), json(2, '{"status":200}'), line(3, 'status=503')])
    const laid_out: number[] = []
    const finder = new Finder(({ seq }) => {
      laid_out.push(seq)
      return 'user.id=7 status=503'
    })
    finder.set('user.id=7 STATUS'.toLowerCase())
    finder.update(window)
    expect([finder.total, laid_out]).toEqual([1, [1]])
  })

  it('goes through the matches both ways and round the ends', () => {
    const window = new LogWindow(100)
    window.append([line(1, 'x'), line(2, 'hit one'), line(3, 'y'), line(4, 'hit two')])
    const finder = new Finder(() => null)
    finder.set('hit')
    expect(finder.step(window, 1, 2)).toMatchObject({ entry: { seq: 4 }, wrapped: false })
    expect([finder.at, finder.total]).toEqual([2, 2])
    expect(finder.step(window, 1, 0)).toMatchObject({ entry: { seq: 2 }, wrapped: true })
    expect(finder.step(window, -1, 0)).toMatchObject({ entry: { seq: 4 }, wrapped: true })
  })

  it('starts at the row that is looked at', () => {
    const window = new LogWindow(100)
    window.append([line(1, 'hit'), line(2, 'hit'), line(3, 'hit')])
    const finder = new Finder(() => null)
    finder.set('hit')
    expect(finder.step(window, -1, 2)).toMatchObject({ entry: { seq: 2 } })
  })

  it('begins with the match that is nearest to what is read', () => {
    const window = new LogWindow(10)
    window.append([line(1, 'hit'), line(2, 'hit'), line(3, 'x'), line(4, 'hit'), line(5, 'x')])
    const finder = new Finder(() => null)
    finder.set('hit')
    expect(finder.nearest(window, 2)).toMatchObject({ seq: 4 })
    expect(finder.nearest(window, 5)).toMatchObject({ seq: 4 })
    expect([finder.at, finder.total]).toEqual([3, 3])
    finder.set('zzz')
    expect(finder.nearest(window, 0)).toBeNull()
  })

  it('counts new lines and forgets those that left', () => {
    const window = new LogWindow(4)
    const finder = new Finder(() => null)
    finder.set('hit')
    window.append([line(1, 'hit'), line(2, 'x'), line(3, 'hit')])
    finder.update(window)
    expect(finder.total).toBe(2)
    window.append([line(4, 'hit'), line(5, 'hit')])
    window.trim_start()
    finder.update(window)
    expect(finder.total).toBe(3)
  })

  it('looks through the colours and into folded lines', () => {
    const window = new LogWindow(10)
    window.append([line(1, 'head'), line(2, 'at h\x1b[31mit\x1b[0m()', true)])
    const finder = new Finder(() => null)
    finder.set('hit()')
    expect(finder.step(window, 1, 0)).toMatchObject({ entry: { seq: 2 } })
  })

  it('of nothing finds nothing', () => {
    const finder = new Finder(() => null)
    finder.set('zzz')
    const window = new LogWindow(10)
    window.append([line(1, 'a')])
    expect(finder.step(window, 1, 0)).toBeNull()
  })
})
