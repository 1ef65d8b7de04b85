import { describe, expect, it } from 'vitest'
import type { AlertStanding, AlertState, Severity } from '@/lib/api/types'
import { FiringBook } from './firing_book'

const alert = (id: number, more: { state?: AlertState; severity?: Severity; container?: string } = {}) => ({ id, state: 'firing', severity: 'warning', container: '', ...more }) as AlertStanding

describe('what fires', () => {
  it('is counted with the worst of it, by container with the newest', () => {
    const told = new FiringBook().take({
      snapshot: true,
      alerts: [alert(7, { container: 'h/a', severity: 'critical' }), alert(8, { container: 'h/b' }), alert(9, { container: 'h/a', severity: 'info' }), alert(10), alert(11, { container: 'h/b', state: 'acknowledged', severity: 'critical' })],
    })
    expect(told?.firing).toMatchObject({ count: 4, worst: 'critical' })
    expect([...told!.firing.by_container]).toEqual([
      ['h/a', { count: 2, worst: 'critical', newest: 9 }],
      ['h/b', { count: 1, worst: 'warning', newest: 8 }],
    ])
  })
  it('follows what changes and what is over', () => {
    const book = new FiringBook()
    book.take({ snapshot: true, alerts: [alert(1), alert(2)] })
    expect(book.take({ alerts: [alert(1, { state: 'silenced' }), alert(3)] })?.firing.count).toBe(2)
    expect(book.take({ alerts: [alert(1)], over: [2, 3] })?.firing.count).toBe(1)
    expect(book.take({ alerts: [], over: [1, 99] })?.firing).toMatchObject({ count: 0, worst: null })
  })
  it('is told once all parts of a long message have come', () => {
    const book = new FiringBook()
    expect(book.take({ snapshot: true, alerts: [alert(1)], more: true })).toBeNull()
    expect(book.take({ alerts: [alert(2)] })).toMatchObject({ firing: { count: 2 }, missed: [] })
  })
})

describe('what began while the connection was lost', () => {
  it('is what is newer than all that was known, newest first, and nothing at first', () => {
    const book = new FiringBook()
    expect(book.take({ snapshot: true, alerts: [alert(4), alert(5)] })?.missed).toEqual([])
    book.take({ alerts: [], over: [5] })
    book.take({ snapshot: true, alerts: [alert(4), alert(6)], more: true })
    expect(book.take({ alerts: [alert(7, { state: 'silenced' }), alert(8)] })?.missed).toEqual([8, 6])
    expect(book.take({ alerts: [alert(9)] })?.missed).toEqual([])
  })
  it('counts from nothing where nothing fired', () => {
    const book = new FiringBook()
    book.take({ snapshot: true, alerts: [] })
    expect(book.take({ snapshot: true, alerts: [alert(1)] })?.missed).toEqual([1])
  })
})
