import { beforeEach, describe, expect, it } from 'vitest'
import { FakeServer, line, open, range } from './fake_server'

let server: FakeServer
/** When the page was told, in ms, and of the lines up to which. */
const told: [number, number][] = []
let shown_at = Infinity

beforeEach(async () => {
  server = new FakeServer(100)
  server.send(open())
  server.hear(range(1, 100).map((seq) => line(seq)), true)
  await server.settle()
  told.length = 0
  shown_at = Infinity
})

/** Lets time pass; the page needs `takes` ms to show an update. */
function pass(ms: number, takes = 0): void {
  for (const end = server.clock + ms; server.clock < end; ) {
    const known = server.updates.length
    server.tick(1)
    if (server.updates.length > known) {
      told.push([server.clock, +server.seqs.at(-1)!])
      shown_at = server.clock + takes
    }
    if (server.clock >= shown_at) {
      shown_at = Infinity
      server.send({ do: 'applied' })
    }
  }
}

describe('the page is told', () => {
  it('once of a burst that comes in several frames', () => {
    const begun = server.clock
    for (const seq of range(101, 104)) {
      server.hear([line(seq)])
      pass(2)
    }
    pass(100)
    expect(told).toEqual([[begun + 10, 104]])
  })
  it('thirty times a second at most', () => {
    for (const seq of range(101, 400)) {
      server.hear([line(seq)])
      pass(10)
    }
    expect(told.length).toBeGreaterThan(70)
    expect(told.length).toBeLessThanOrEqual(91)
  })
  it('less often where it is slow: it has half as long for itself as it needed', () => {
    for (const seq of range(101, 200)) {
      server.hear([line(seq)])
      pass(10, 60)
    }
    expect(told.length).toBeGreaterThan(9)
    const pauses = told.slice(1).map(([at], i) => at - told[i]![0])
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(90)
  })
  it('soon after it was hidden for an hour', () => {
    server.hear([line(101)])
    pass(3_600_000, 3_599_900)
    server.hear([line(102)])
    pass(110)
    expect(told.at(-1)![1]).toBe(102)
  })
})
