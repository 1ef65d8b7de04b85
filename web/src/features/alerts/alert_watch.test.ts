// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Alert, AlertPage, Severity } from '@/lib/api/types'
import { by_container, EVERY_MS, FiringWatch, type Firing } from './alert_watch'

const alert = (id: number, severity: Severity = 'warning') => ({ id, severity, state: 'firing' }) as Alert
const page = (...alerts: Alert[]): AlertPage => ({ alerts, next: null })

let answer: () => Promise<AlertPage | null>
let wanted: boolean
let shown: (Firing | null)[]
let told: number[][]
let asked: number
let watch: FiringWatch

beforeEach(() => {
  vi.useFakeTimers()
  ;[wanted, shown, told, asked] = [true, [], [], 0]
  answer = async () => page()
  watch = new FiringWatch({
    list: () => ((asked += 1), answer()),
    wanted: () => wanted,
    show: (firing) => shown.push(firing),
    tell: (alerts) => told.push(alerts.map(({ id }) => id)),
  })
})
afterEach(() => vi.useRealTimers())

describe('what fires of a container', () => {
  it('is counted with the worst of it and the newest', () => {
    const of = (id: number, container: string, severity: Severity) => ({ ...alert(id, severity), container }) as Alert
    expect([...by_container([of(9, 'h/a', 'info'), of(8, 'h/b', 'warning'), of(7, 'h/a', 'critical'), of(6, 'h/a', 'warning'), of(5, '', 'critical')])]).toEqual([
      ['h/a', { count: 3, worst: 'critical', newest: 9 }],
      ['h/b', { count: 1, worst: 'warning', newest: 8 }],
    ])
  })
})

describe('the badge', () => {
  it('asks at once and every ten seconds', async () => {
    await watch.look()
    expect(asked).toBe(1)
    await vi.advanceTimersByTimeAsync(EVERY_MS * 3)
    expect(asked).toBe(4)
  })
  it('asks nothing while the page is hidden, and at once when it is seen again', async () => {
    await watch.look()
    wanted = false
    await vi.advanceTimersByTimeAsync(EVERY_MS * 5)
    expect(asked).toBe(1)
    wanted = true
    await watch.look()
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(asked).toBe(3)
  })
  it('has one question at a time', async () => {
    let come: (page: AlertPage) => void = () => {}
    answer = () => new Promise((resolve) => (come = resolve))
    void watch.look()
    void watch.look()
    await vi.advanceTimersByTimeAsync(EVERY_MS * 3)
    expect(asked).toBe(1)
    come(page())
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(asked).toBe(2)
  })
  it('counts what fires and shows the worst', async () => {
    answer = async () => ({ alerts: [alert(3, 'info'), alert(2, 'critical'), alert(1)], next: 1 })
    await watch.look()
    expect(shown).toMatchObject([{ count: 3, more: true, worst: 'critical' }])
  })
  it('keeps what it knew while the server is away', async () => {
    answer = async () => page(alert(1))
    await watch.look()
    answer = () => Promise.reject(new Error('away'))
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(shown).toHaveLength(1)
    answer = async () => page()
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(shown.at(-1)).toMatchObject({ count: 0, more: false, worst: null })
  })
  it('goes, with its questions, on a server without alerts', async () => {
    answer = async () => null
    await watch.look()
    await vi.advanceTimersByTimeAsync(EVERY_MS * 5)
    expect(shown).toEqual([null])
    expect(asked).toBe(1)
  })
})

describe('newly firing alerts', () => {
  it('are told once, and those that fired before are not', async () => {
    answer = async () => page(alert(5), alert(4))
    await watch.look()
    expect(told).toEqual([])
    answer = async () => page(alert(7), alert(6), alert(5))
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(told).toEqual([[7, 6]])
  })
  it('are told when nothing fired before', async () => {
    await watch.look()
    answer = async () => page(alert(1))
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(told).toEqual([[1]])
  })
  it('are not told again when one fires that fired before', async () => {
    answer = async () => page(alert(2), alert(1))
    await watch.look()
    answer = async () => page(alert(1))
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    answer = async () => page(alert(2), alert(1))
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(told).toEqual([])
  })
})
