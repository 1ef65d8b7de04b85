import net from 'node:net'
import { randomBytes } from 'node:crypto'

import type { Address } from '../e2e/fixtures/http.ts'

/**
 * A viewer that costs next to nothing, so that eight of them fit beside what is measured: it speaks just enough WebSocket to take frames
 * whole, counts the records in them without parsing, and pays for them at once.
 */
export class CheapViewer {
  lines = 0
  gapLines = 0
  bytes = 0
  /** Of frames of any kind. */
  allBytes = 0
  /** Milliseconds (performance.now) at which the last frame came. */
  last = 0
  readonly #socket: net.Socket
  #pending: Buffer = Buffer.alloc(0)
  #upgraded = false

  private constructor(socket: net.Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('error', () => {})
  }

  static async open(address: Address, message: object): Promise<CheapViewer> {
    const socket = net.connect('socketPath' in address ? { path: address.socketPath } : address)
    const viewer = new CheapViewer(socket)
    socket.write(
      `GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    viewer.send(message)
    return viewer
  }

  send(message: object): void {
    const payload = Buffer.from(JSON.stringify(message))
    const mask = randomBytes(4)
    const length = payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 255])
    for (let n = 0; n < payload.length; n += 1) payload[n]! ^= mask[n % 4]!
    this.#socket.write(Buffer.concat([Buffer.from([0x81]), length, mask, payload]))
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#pending = this.#pending.length ? Buffer.concat([this.#pending, chunk]) : chunk
    if (!this.#upgraded) {
      const end = this.#pending.indexOf('\r\n\r\n')
      if (end < 0) return
      if (!this.#pending.subarray(0, end).toString().startsWith('HTTP/1.1 101')) throw new Error(this.#pending.toString())
      this.#pending = this.#pending.subarray(end + 4)
      this.#upgraded = true
    }
    for (;;) {
      if (this.#pending.length < 2) return
      let length = this.#pending[1]! & 127
      let start = 2
      if (length === 126) {
        if (this.#pending.length < 4) return
        length = this.#pending.readUInt16BE(2)
        start = 4
      } else if (length === 127) {
        if (this.#pending.length < 10) return
        length = Number(this.#pending.readBigUInt64BE(2))
        start = 10
      }
      if (this.#pending.length < start + length) return
      this.#frame(this.#pending.subarray(start, start + length), this.#pending[0]! & 15)
      this.#pending = this.#pending.subarray(start + length)
    }
  }

  #frame(payload: Buffer, opcode: number): void {
    this.allBytes += payload.length
    if (opcode !== 1 || payload.indexOf('"type":"logs"') < 0) return
    this.last = performance.now()
    this.bytes += payload.length
    // Quotes inside a line are escaped, so this is found once per record and never within one.
    for (let at = payload.indexOf('"seq":'); at >= 0; at = payload.indexOf('"seq":', at + 6)) this.lines += 1
    if (payload.includes('"gap":{')) {
      for (const match of payload.toString().matchAll(/"gap":\{[^{}]*"lines":(\d+)/g)) this.gapLines += Number(match[1])
    }
    this.send({ type: 'credit', sub: 1, bytes: payload.length })
  }
}
