import net from 'node:net'

import type { Address } from '../e2e/fixtures/http.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'

/** Attackers come from an address of their own, so that a bound on what one peer may have does not hit those who ask beside them. */
const ATTACKER = '127.0.0.66'

export interface Reader {
  socket: net.Socket
  bytes: number
  /** The last bytes of the answer. */
  tail: Buffer
  ended: Promise<void>
}

/** Connects as the attacker; errors of the connection are the attacker's own business. */
export function connect(address: Address): net.Socket {
  if ('socketPath' in address) throw new Error('listens on a unix socket')
  const socket = net.connect({ ...address, localAddress: ATTACKER })
  socket.on('error', () => {})
  return socket
}

/**
 * Sends a GET and takes what comes without looking at it, or, `stuck`, takes nothing: the kernel's buffers fill up and the server waits.
 * Costs next to nothing, so that two hundred of them leave the machine to what is measured.
 */
export function read(scope: Scope, address: Address, target: string, options: { stuck?: boolean } = {}): Reader {
  const socket = connect(address)
  scope.defer(() => socket.destroy())
  const reader: Reader = { socket, bytes: 0, tail: Buffer.alloc(0), ended: new Promise((resolve) => socket.once('close', () => resolve())) }
  socket.write(`GET ${encodeURI(target).replaceAll('+', '%2B').replaceAll('#', '%23')} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  if (options.stuck) {
    socket.pause()
  } else {
    socket.on('data', (chunk) => {
      reader.bytes += chunk.length
      reader.tail = chunk.length > 600 ? chunk.subarray(-600) : Buffer.concat([reader.tail, chunk]).subarray(-600)
    })
  }
  return reader
}

/** So many at once ask the same again and again until the scope closes; returns how many answers were complete so far. */
export function readAgain(scope: Scope, address: Address, target: string, atOnce: number): () => number {
  let complete = 0
  let over = false
  scope.defer(() => {
    over = true
  })
  const loop = async () => {
    while (!over) {
      const reader = read(scope, address, target)
      await reader.ended
      if (reader.bytes) complete += 1
      else await new Promise((done) => setTimeout(done, 50)) // turned away: not faster than that
    }
  }
  for (let n = 0; n < atOnce; n += 1) void loop()
  return () => complete
}
