import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Checker, type Ask, type CheckAnswer } from './checker'

const VALID: CheckAnswer = { valid: true, error: null }
interface Asked {
  expression: string
  signal: AbortSignal
  answer: (answer: CheckAnswer) => void
  fail: () => void
}

describe('the checker', () => {
  let asked: Asked[]
  let checker: Checker
  const done = vi.fn()
  const pause = (ms = 300) => vi.advanceTimersByTimeAsync(ms)

  beforeEach(() => {
    vi.useFakeTimers()
    asked = []
    done.mockReset()
    const ask: Ask = ({ expr }, signal) =>
      new Promise((resolve, reject) => asked.push({ expression: expr, signal, answer: resolve, fail: () => reject(new Error('away')) }))
    checker = new Checker(ask)
  })
  afterEach(() => vi.useRealTimers())

  it('asks once when the typing pauses', async () => {
    for (const text of ['l', 'le', 'lev']) {
      checker.check({ expr: text, check: 'log' }, done)
      await pause(100)
    }
    expect(asked).toEqual([])
    await pause()
    expect(asked.map((each) => each.expression)).toEqual(['lev'])
    asked[0]!.answer(VALID)
    await pause(0)
    expect(done).toHaveBeenCalledExactlyOnceWith(VALID)
  })
  it('gives up an answer that is no longer wanted', async () => {
    const stale = vi.fn()
    checker.check({ expr: 'a', check: 'log' }, stale)
    await pause()
    checker.check({ expr: 'ab', check: 'log' }, done)
    expect(asked[0]!.signal.aborted).toBe(true)
    await pause()
    asked[1]!.answer(VALID)
    asked[0]!.answer({ ...VALID, valid: false })
    await pause(0)
    expect(stale).not.toHaveBeenCalled()
    expect(done).toHaveBeenCalledExactlyOnceWith(VALID)
  })
  it('does not call back after it is cancelled', async () => {
    checker.check({ expr: 'a', check: 'log' }, done)
    checker.cancel()
    await pause()
    expect(asked).toEqual([])
    checker.check({ expr: 'a', check: 'log' }, done)
    await pause()
    checker.cancel()
    asked[0]!.fail()
    await pause(0)
    expect(done).not.toHaveBeenCalled()
  })
  it('knows what it has asked, for each environment by itself', async () => {
    checker.check({ expr: 'a', check: 'log' }, done)
    await pause()
    asked[0]!.answer(VALID)
    await pause(0)
    checker.check({ expr: 'a', check: 'log' }, done)
    expect(done).toHaveBeenCalledTimes(2)
    checker.check({ expr: 'a', check: 'event' }, done)
    await pause()
    checker.check({ expr: 'a', check: 'log', search: true }, done)
    await pause()
    expect(asked.length).toBe(3)
  })
  it('knows of an expression what it was told with the completions', async () => {
    checker.check({ expr: 'level ==', check: 'log' }, done)
    const told = checker.complete({ expr: 'level ==', check: 'log' }, { caret: 8, seen: [] }, new AbortController().signal)
    expect(asked.length).toBe(1)
    asked[0]!.answer({ ...VALID, completions: [] })
    expect(await told).toMatchObject({ completions: [] })
    await pause()
    expect(asked.length).toBe(1)
    expect(done).toHaveBeenCalledOnce()
  })
  it('gives no completions without a server', async () => {
    const told = checker.complete({ expr: 'a', check: 'log' }, { caret: 1, seen: [] }, new AbortController().signal)
    asked[0]!.fail()
    expect(await told).toBeNull()
  })
  it('says when nothing can be known, and asks again then', async () => {
    checker.check({ expr: 'a', check: 'log' }, done)
    await pause()
    asked[0]!.fail()
    await pause(0)
    expect(done).toHaveBeenCalledExactlyOnceWith(null)
    checker.check({ expr: 'a', check: 'log' }, done)
    await pause()
    expect(asked.length).toBe(2)
  })
  it('asks at once for what is applied, in place of what was to be checked', async () => {
    const checked = vi.fn()
    checker.check({ expr: 'a', check: 'log', search: true }, checked)
    checker.now({ expr: 'a', check: 'log', search: true }, done)
    expect(asked.length).toBe(1)
    asked[0]!.answer(VALID)
    await pause()
    expect(done).toHaveBeenCalledExactlyOnceWith(VALID)
    checker.now({ expr: 'a', check: 'log', search: true }, done)
    expect(done).toHaveBeenCalledTimes(2)
    expect(asked.length).toBe(1)
    expect(checked).not.toHaveBeenCalled()
  })
  it('forgets the answer that was used the longest ago', async () => {
    const learn = async (text: string) => {
      const before = asked.length
      checker.check({ expr: text, check: 'log' }, done)
      await pause()
      asked[before]?.answer(VALID)
      await pause(0)
      return asked.length > before
    }
    for (let i = 0; i < 64; i += 1) await learn(`a${i}`)
    expect(await learn('a0')).toBe(false)
    expect(await learn('b')).toBe(true)
    expect(await learn('a0')).toBe(false)
    expect(await learn('a1')).toBe(true)
  })
})
