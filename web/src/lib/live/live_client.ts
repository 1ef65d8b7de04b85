import type { ServerMessage, Subscribe, SubscriptionMessage } from './messages'

/** The part of WebSocket that the client uses, so that a test can hold the other end. */
export interface Socket {
  onopen: (() => void) | null
  onmessage: ((event: { data: string }) => void) | null
  onclose: (() => void) | null
  send(text: string): void
  close(): void
}

export interface Timers {
  now(): number
  /** Calls `action` once after `ms`; the returned function calls it off. */
  after(ms: number, action: () => void): () => void
  /** 0 ≤ x < 1, for jitter. */
  random(): number
}

export interface ConnectionStatus {
  state: 'connecting' | 'open' | 'lost'
  /** When this state began (ms since 1970). */
  since: number
  /** When the next attempt is made, while `lost`. */
  retry_at: number | null
  /** The server's version, known after the first hello. */
  version: string | null
}

/** One subscription as its owner sees it; it survives reconnections. */
export interface Channel {
  /** What to ask for now. Called at every (re)connection, so that it can resume from a cursor. */
  request(): Subscribe
  on_message(message: SubscriptionMessage): void
}

// A first retry is nearly at once (a restarted server is back in a second); the ceiling bounds the wait after a long outage.
const FIRST_RETRY = 250
const LONGEST_RETRY = 10_000
// A connection that is silent for this long is asked, and given up when it does not answer in time.
const PING_EVERY = 15_000
const PONG_WITHIN = 10_000
// Credit is returned in pieces of this size, or when the frames stop for a moment.
const CREDIT_STEP = 64 * 1024
const CREDIT_IDLE = 50

interface Live {
  channel: Channel
  owed: number
}

/**
 * Keeps one connection to `/api/v1/live` and the subscriptions on it. A lost connection is made again with jittered backoff and every
 * channel subscribed anew under a fresh number, so that a late frame of an older subscription is never taken for a new one.
 */
export class LiveClient {
  private socket: Socket | null = null
  private readonly channels = new Map<Channel, number>()
  private readonly live = new Map<number, Live>()
  private readonly encoder = new TextEncoder()
  private scratch = new Uint8Array(256 * 1024)
  private next_sub = 1
  private attempt = 0
  private ready = false
  private cancel_retry: (() => void) | null = null
  private cancel_watch: (() => void) | null = null
  private cancel_credit: (() => void) | null = null
  private status: ConnectionStatus

  constructor(
    private readonly connect: () => Socket,
    private readonly timers: Timers,
    private readonly on_status: (status: ConnectionStatus) => void,
  ) {
    this.status = { state: 'connecting', since: timers.now(), retry_at: null, version: null }
    this.dial()
  }

  open(channel: Channel): void {
    this.channels.set(channel, 0)
    if (this.ready) this.subscribe(channel)
  }

  close(channel: Channel): void {
    const sub = this.channels.get(channel)
    this.channels.delete(channel)
    if (sub) this.drop(sub)
  }

  /** Ends the subscription and asks again with what `request()` says now. */
  renew(channel: Channel): void {
    const sub = this.channels.get(channel)
    if (sub === undefined) return
    if (sub) this.drop(sub)
    if (this.ready) this.subscribe(channel)
  }

  /** Tries at once instead of waiting for the backoff. */
  retry_now(): void {
    if (this.status.state !== 'lost') return
    this.cancel_retry?.()
    this.dial()
  }

  private dial(): void {
    this.cancel_retry = null
    this.set_status('connecting')
    let socket: Socket
    try {
      socket = this.connect()
    } catch {
      this.lose() // an address that cannot be dialled is retried like one that does not answer
      return
    }
    this.socket = socket
    socket.onopen = () => this.watch()
    socket.onmessage = (event) => {
      if (socket === this.socket) this.receive(event.data)
    }
    socket.onclose = () => {
      if (socket === this.socket) this.lose()
    }
    this.watch()
  }

  private lose(): void {
    this.socket = null
    this.ready = false
    this.cancel_watch?.()
    this.cancel_credit?.()
    this.cancel_watch = this.cancel_credit = null
    this.live.clear()
    for (const channel of this.channels.keys()) this.channels.set(channel, 0)
    const ceiling = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this.attempt)
    const wait = ceiling * (0.5 + this.timers.random() / 2)
    this.attempt += 1
    this.status = { ...this.status, retry_at: this.timers.now() + wait }
    this.set_status('lost')
    this.cancel_retry = this.timers.after(wait, () => this.dial())
  }

  private set_status(state: ConnectionStatus['state']): void {
    // Attempts within one outage do not restart its clock.
    const outage = this.status.state !== 'open' && state !== 'open'
    const retry_at = state === 'lost' ? this.status.retry_at : null
    this.status = { ...this.status, state, retry_at, since: outage ? this.status.since : this.timers.now() }
    this.on_status(this.status)
  }

  private watch(): void {
    this.cancel_watch?.()
    const socket = this.socket
    this.cancel_watch = this.timers.after(PING_EVERY, () => {
      if (this.ready) this.send({ type: 'ping' })
      this.cancel_watch = this.timers.after(PONG_WITHIN, () => {
        if (socket !== this.socket || !socket) return
        socket.onclose = null
        socket.close()
        this.lose()
      })
    })
  }

  private send(message: object): void {
    this.socket?.send(JSON.stringify(message))
  }

  private subscribe(channel: Channel): void {
    const sub = this.next_sub++
    this.channels.set(channel, sub)
    this.live.set(sub, { channel, owed: 0 })
    this.send({ type: 'subscribe', sub, ...channel.request() })
  }

  private drop(sub: number): void {
    if (!this.live.delete(sub) || !this.ready) return
    this.send({ type: 'unsubscribe', sub })
  }

  private receive(data: string): void {
    this.watch()
    let message: ServerMessage
    try {
      message = JSON.parse(data) as ServerMessage
    } catch {
      // A frame that is no JSON means that the two ends do not understand each other: start over, with backoff.
      this.socket?.close()
      return
    }
    if (message.type === 'hello') {
      this.ready = true
      this.attempt = 0
      this.status = { ...this.status, version: message.version }
      this.set_status('open')
      for (const channel of this.channels.keys()) this.subscribe(channel)
      return
    }
    if (message.type === 'pong' || message.type === 'closed' || message.sub === undefined) return
    const live = this.live.get(message.sub)
    if (!live) return
    if (message.type === 'error') this.live.delete(message.sub) // refused or ended: nothing to unsubscribe from
    live.channel.on_message(message)
    if (message.type === 'logs') this.owe(message.sub, live, this.byte_length(data))
  }

  /** The server counts bytes of UTF-8, a string counts UTF-16 units. */
  private byte_length(text: string): number {
    if (this.scratch.length < text.length * 3) this.scratch = new Uint8Array(text.length * 3)
    return this.encoder.encodeInto(text, this.scratch).written
  }

  private owe(sub: number, live: Live, bytes: number): void {
    live.owed += bytes
    if (live.owed >= CREDIT_STEP) this.pay(sub, live)
    else
      this.cancel_credit ??= this.timers.after(CREDIT_IDLE, () => {
        this.cancel_credit = null
        for (const [number, each] of this.live) this.pay(number, each)
      })
  }

  private pay(sub: number, live: Live): void {
    if (live.owed === 0 || !this.live.has(sub)) return
    this.send({ type: 'credit', sub, bytes: live.owed })
    live.owed = 0
  }
}
