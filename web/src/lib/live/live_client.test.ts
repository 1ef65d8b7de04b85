import { beforeEach, describe, expect, it } from 'vitest'
import { LiveClient, type Channel, type ConnectionStatus, type Socket, type Timers } from './live_client'
import type { Subscribe, SubscriptionMessage } from './messages'

class FakeSocket implements Socket {
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: (() => void) | null = null
  sent: Record<string, unknown>[] = []
  closed = false
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }
  close(): void {
    this.closed = true
    this.onclose?.()
  }
  hear(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
  greet(): void {
    this.onopen?.()
    this.hear({ type: 'hello', version: '0.1.0', server_time: '2026-11-21T09:00:00Z' })
  }
}

class FakeTimers implements Timers {
  time = 1000
  private waiting: { at: number; action: () => void }[] = []
  now = () => this.time
  random = () => 0.999_999
  after(ms: number, action: () => void): () => void {
    const entry = { at: this.time + ms, action }
    this.waiting.push(entry)
    return () => {
      this.waiting = this.waiting.filter((each) => each !== entry)
    }
  }
  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const next = this.waiting.filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.waiting = this.waiting.filter((each) => each !== next)
      this.time = next.at
      next.action()
    }
    this.time = end
  }
}

let sockets: FakeSocket[]
let timers: FakeTimers
let statuses: ConnectionStatus[]
let client: LiveClient

const socket = () => sockets[sockets.length - 1]!
const channel = (request: () => Subscribe): Channel & { heard: SubscriptionMessage[] } => {
  const heard: SubscriptionMessage[] = []
  return { request, heard, on_message: (message) => heard.push(message) }
}
const logs_from = (cursor?: string): Subscribe => ({
  what: 'logs',
  containers: ['a'],
  credit: 1024,
  ...(cursor ? { cursor } : { tail: 500 }),
})

beforeEach(() => {
  sockets = []
  timers = new FakeTimers()
  statuses = []
  client = new LiveClient(
    () => {
      sockets.push(new FakeSocket())
      return socket()
    },
    timers,
    (status) => statuses.push(status),
  )
})

describe('the live client', () => {
  it('subscribes only after the hello', () => {
    client.open(channel(() => ({ what: 'containers' })))
    expect(socket().sent).toEqual([])
    socket().greet()
    expect(socket().sent).toEqual([{ type: 'subscribe', sub: 1, what: 'containers' }])
    expect(statuses.at(-1)).toMatchObject({ state: 'open', version: '0.1.0' })
  })

  it('gives each message to the subscription it names', () => {
    const first = channel(() => ({ what: 'containers' }))
    const second = channel(() => logs_from())
    client.open(first)
    client.open(second)
    socket().greet()
    socket().hear({ type: 'logs', sub: 2, entries: [] })
    socket().hear({ type: 'logs', sub: 99, entries: [] })
    expect(first.heard).toEqual([])
    expect(second.heard).toEqual([{ type: 'logs', sub: 2, entries: [] }])
  })

  it('asks again after a lost connection, with what the request says then', () => {
    const held: { cursor?: string } = {}
    client.open(channel(() => logs_from(held.cursor)))
    socket().greet()
    expect(socket().sent[0]).toMatchObject({ sub: 1, tail: 500 })
    const cursor = '17@2026-11-21T09:00:00.000000001Z'
    held.cursor = cursor
    socket().close()
    expect(statuses.at(-1)?.state).toBe('lost')
    timers.advance(250)
    expect(sockets).toHaveLength(2)
    socket().greet()
    expect(socket().sent).toEqual([{ type: 'subscribe', sub: 2, what: 'logs', containers: ['a'], credit: 1024, cursor }])
  })

  it('waits twice as long after each failure, to a ceiling, and starts small again after a success', () => {
    const waits: number[] = []
    for (let i = 0; i < 8; i += 1) {
      socket().close()
      waits.push(Math.round(statuses.at(-1)!.retry_at! - timers.now()))
      timers.advance(10_000)
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
    socket().greet()
    socket().close()
    expect(Math.round(statuses.at(-1)!.retry_at! - timers.now())).toBe(250)
  })

  it('keeps the time at which an outage began through its failed attempts', () => {
    socket().greet()
    timers.advance(1000)
    socket().close()
    const began = timers.now()
    for (let i = 0; i < 3; i += 1) {
      timers.advance(10_000)
      socket().close()
    }
    expect(statuses.at(-1)).toMatchObject({ state: 'lost', since: began })
  })

  it('ignores frames of a subscription that was renewed', () => {
    const logs = channel(() => logs_from())
    client.open(logs)
    socket().greet()
    client.renew(logs)
    expect(socket().sent.map((m) => [m.type, m.sub])).toEqual([
      ['subscribe', 1],
      ['unsubscribe', 1],
      ['subscribe', 2],
    ])
    socket().hear({ type: 'logs', sub: 1, entries: [] })
    socket().hear({ type: 'closed', sub: 1 })
    expect(logs.heard).toEqual([])
    socket().hear({ type: 'logs', sub: 2, entries: [] })
    expect(logs.heard).toHaveLength(1)
  })

  it('does not unsubscribe from what the server refused', () => {
    const logs = channel(() => logs_from())
    client.open(logs)
    socket().greet()
    socket().hear({ type: 'error', sub: 1, error: { title: 'Bad filter', status: 400, line: 1, column: 7 } })
    expect(logs.heard[0]).toMatchObject({ type: 'error', error: { column: 7 } })
    client.close(logs)
    expect(socket().sent).toHaveLength(1)
  })

  it('returns credit for every byte of UTF-8 it worked off, once the frames pause', () => {
    client.open(channel(() => logs_from()))
    socket().greet()
    const frame = JSON.stringify({ type: 'logs', sub: 1, entries: [{ text: 'grün 🌱' }] })
    socket().onmessage!({ data: frame })
    socket().onmessage!({ data: frame })
    expect(socket().sent).toHaveLength(1)
    timers.advance(50)
    expect(socket().sent.at(-1)).toEqual({ type: 'credit', sub: 1, bytes: 2 * new TextEncoder().encode(frame).length })
  })

  it('returns credit at once when a step is used up', () => {
    client.open(channel(() => logs_from()))
    socket().greet()
    const frame = JSON.stringify({ type: 'logs', sub: 1, entries: [{ text: 'x'.repeat(70_000) }] })
    socket().onmessage!({ data: frame })
    expect(socket().sent.at(-1)).toEqual({ type: 'credit', sub: 1, bytes: frame.length })
  })

  it('gives up a connection that stays silent after a ping', () => {
    socket().greet()
    timers.advance(15_000)
    expect(socket().sent.at(-1)).toEqual({ type: 'ping' })
    socket().hear({ type: 'pong' })
    timers.advance(15_000)
    timers.advance(9_999)
    expect(statuses.at(-1)?.state).toBe('open')
    const silent = socket()
    timers.advance(1)
    expect(silent.closed).toBe(true)
    expect(statuses.at(-1)?.state).toBe('lost')
  })

  it('gives up a connection that is never opened', () => {
    timers.advance(25_000)
    expect(sockets[0]!.closed).toBe(true)
    expect(statuses.some((status) => status.state === 'lost')).toBe(true)
  })

  it('drops a connection that talks garbage', () => {
    socket().greet()
    socket().onmessage!({ data: '{"type":' })
    expect(statuses.at(-1)?.state).toBe('lost')
  })

  it('tries at once when told to', () => {
    socket().greet()
    socket().close()
    client.retry_now()
    expect(sockets).toHaveLength(2)
    timers.advance(60_000)
    expect(sockets.length).toBeGreaterThan(2) // the abandoned timer did not dial a second time at 250 ms
    expect(sockets[1]!.closed).toBe(true)
  })
})
