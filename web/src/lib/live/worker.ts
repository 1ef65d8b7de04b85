// Everything that costs time happens here: the connection, JSON, the log windows, colours and searching. The page gets what it shows.
import { LogSession } from '@/features/logs/engine/log_session'
import { line_finder, page_reader } from '@/features/logs/engine/http_pages'
import { FiringBook } from '@/features/alerts/firing_book'
import { compare_names } from '@/lib/format/order'
import { LiveClient, type Channel, type Socket } from './live_client'
import { pack_samples } from './stat_columns'
import type { Container, Host } from '@/lib/api/types'
import type { FromWorker, ToWorker } from './worker_messages'

const after = (ms: number, action: () => void) => {
  const timer = setTimeout(action, ms)
  return () => clearTimeout(timer)
}
const send = (message: FromWorker, transfer: Transferable[] = []) => self.postMessage(message, { transfer })

// Containers in one message to the page: taking over ten thousand at once would halt it for a tenth of a second.
const PART = 500

/** Everything there is, in order already: the page sorts what is sorted, which costs it next to nothing. */
function send_all(hosts: Host[], containers: Container[]): void {
  containers.sort((a, b) => compare_names(a.name, b.name))
  let from = 0
  do {
    const part = containers.slice(from, (from += PART))
    send({ type: 'fleet', snapshot: true, more: from < containers.length, hosts, containers: part, gone: [], hosts_gone: [] })
  } while (from < containers.length)
}

class Engine {
  private readonly client: LiveClient
  private readonly stats = new Map<string, Channel>()
  private readonly sessions = new Map<number, LogSession>()
  /** A snapshot of which parts are still to come. */
  private coming: { hosts: Host[]; containers: Container[] } | null = null
  private readonly fetch_page
  private readonly find_line

  constructor(base: string) {
    this.fetch_page = page_reader(base)
    this.find_line = line_finder(base)
    const url = new URL('api/v1/live', base)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    this.client = new LiveClient(
      () => new WebSocket(url) as unknown as Socket,
      { now: Date.now, after, random: Math.random },
      (status) => {
        send({ type: 'status', status })
        if (status.state === 'lost') for (const session of this.sessions.values()) session.on_disconnected()
      },
    )
    this.client.open({
      request: () => ({ what: 'containers' }),
      on_message: (message) => {
        if (message.type === 'containers') {
          const { snapshot = false, more = false, hosts = [], containers = [], gone = [], hosts_gone = [] } = message
          if (snapshot) this.coming = { hosts, containers: [] }
          if (this.coming) {
            for (const container of containers) this.coming.containers.push(container)
            if (more) return
            send_all(this.coming.hosts, this.coming.containers)
            this.coming = null
          } else send({ type: 'fleet', snapshot, more: false, hosts, containers, gone, hosts_gone })
        } else if (message.type === 'event') {
          send({ type: 'event', event: message.event })
          for (const session of this.sessions.values()) session.on_event(message.event)
        }
      },
    })
    const fires = new FiringBook()
    this.client.open({
      request: () => ({ what: 'notifications' }),
      on_message: (message) => {
        if (message.type === 'alerts') {
          const told = fires.take(message)
          if (told) send({ type: 'firing', ...told })
        } else if (message.type === 'notification') {
          send({ type: 'notification', notification: message.notification })
        } else if (message.type === 'error') {
          send({ type: 'firing', firing: null, missed: [] }) // it has no alerts
        }
      },
    })
  }

  handle(message: ToWorker): void {
    switch (message.type) {
      case 'connect':
        return
      case 'retry':
        return this.client.retry_now()
      case 'watch_stats':
        return this.watch_stats(message.key, message.containers, message.history)
      case 'unwatch_stats': {
        const channel = this.stats.get(message.key)
        if (channel) this.client.close(channel)
        this.stats.delete(message.key)
        return
      }
      case 'view':
        return this.view(message.view, message)
    }
  }

  private watch_stats(key: string, containers: string[] | null, history: number): void {
    const old = this.stats.get(key)
    if (old) this.client.close(old)
    const channel: Channel = {
      request: () => ({ what: 'stats', history, ...(containers && { containers }) }),
      on_message: (answer) => {
        if (answer.type !== 'stats') return
        const packed = pack_samples(answer.samples)
        if (answer.history) send({ type: 'stats_history', container: answer.container, packed }, [packed.buffer])
        else send({ type: 'stats', containers: answer.samples.map((sample) => sample.container), packed }, [packed.buffer])
      },
    }
    this.stats.set(key, channel)
    this.client.open(channel)
  }

  private share(): void {
    for (const session of this.sessions.values()) session.share(this.sessions.size)
  }

  private view(view: number, { command }: Extract<ToWorker, { type: 'view' }>): void {
    let session = this.sessions.get(view)
    if (!session) {
      if (command.do !== 'open') return
      session = new LogSession({
        open: (channel) => this.client.open(channel),
        close: (channel) => this.client.close(channel),
        renew: (channel) => this.client.renew(channel),
        fetch_page: this.fetch_page,
        find_line: this.find_line,
        post: (update) => send({ type: 'view', view, update }),
        now: Date.now,
        after,
      })
      this.sessions.set(view, session)
      this.share()
    }
    session.command(command)
    if (command.do !== 'close') return
    this.sessions.delete(view)
    this.share()
  }
}

let engine: Engine | null = null
self.onmessage = (event: MessageEvent<ToWorker>) => {
  if (event.data.type === 'connect') engine ??= new Engine(event.data.base)
  else engine?.handle(event.data)
}
