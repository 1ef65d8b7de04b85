import { closeSync, openSync, writeSync } from 'node:fs'

/** A small generator of random numbers (mulberry32): the same seed gives the same log on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Writes a log of services that never were, of about `bytes` bytes, and returns how many lines it has. Half of the lines are plain text
 * in the manners of a dozen programs, a third are JSON objects, a sixth logfmt; one in a thousand begins a stack trace. Every number is
 * drawn anew, so that nothing compresses better than it would in life. Lines end with a newline and are under 16 KiB.
 */
export function writeMaterial(file: string, bytes: number, seed = 1): number {
  const random = generator(seed)
  const whole = (below: number) => Math.floor(random() * below)
  const pick = <T>(values: readonly T[]): T => values[whole(values.length)]!
  const hex = (digits: number) => Array.from({ length: digits }, () => whole(16).toString(16)).join('')
  const pad = (value: number, width: number) => String(value).padStart(width, '0')
  const address = () => `10.${whole(256)}.${whole(256)}.${whole(256)}`

  let clock = Date.UTC(2026, 2, 1)
  const iso = () => new Date(clock).toISOString()
  const level = () => (random() < 0.82 ? 'info' : random() < 0.5 ? 'debug' : random() < 0.7 ? 'warn' : 'error')
  const paths = ['/cart', '/checkout', '/api/items', '/api/items/search', '/login', '/static/app.css', '/health', '/orders/recent']
  const workers = ['billing', 'mailer', 'thumbnailer', 'indexer', 'importer', 'reaper', 'geocoder', 'ledger']
  const deeds = ['lease renewed', 'job accepted', 'checkpoint written', 'batch flushed', 'cache refilled', 'segment sealed', 'quota recomputed']
  const regions = ['north-1', 'north-2', 'east-1', 'west-3']
  const hurts = ['connection reset by peer', 'deadline exceeded', 'lock wait timed out', 'disk quota reached', 'checksum mismatch', 'no route to host']

  const text: (() => string)[] = [
    () => `${address()} - - [${iso()}] "${pick(['GET', 'GET', 'GET', 'POST', 'PUT'])} ${pick(paths)}?page=${whole(500)} HTTP/1.1" ${pick([200, 200, 200, 304, 404, 500])} ${whole(90_000)} "https://shop.example${pick(paths)}?ref=${hex(8)}" "Mozilla/5.0 (X11; Linux x86_64) probe/${whole(9)}.${whole(30)}" ${(random() * 2).toFixed(3)}`,
    () => `${iso()} ${level().toUpperCase().padEnd(5)} [${pick(workers)}-${whole(16)}] ${pick(deeds)} in ${whole(4000)} ms (${whole(100_000)} rows, shard ${whole(64)}, request ${hex(16)} from ${address()})`,
    () => `[${iso()}] [${level()}] ${pick(workers)}: ${pick(deeds)}, id=${hex(16)} owner=${pick(workers)}@${address()} queue=${whole(500)}`,
    () => `I${pad(whole(12) + 1, 2)}${pad(whole(28) + 1, 2)} 10:${pad(whole(60), 2)}:${pad(whole(60), 2)}.${pad(whole(1_000_000), 6)}       1 reconcile.go:${whole(900)}] node ${hex(8)} has ${whole(110)} pods`,
    () => `${iso().replace('T', ' ').slice(0, 19)},${pad(whole(1000), 3)} - ${pick(workers)}.core - ${level().toUpperCase()} - ${pick(deeds)} (attempt ${whole(5)})`,
    () => `kernel: [${whole(900_000)}.${pad(whole(1_000_000), 6)}] eth${whole(4)}: link is up at ${pick([100, 1000, 10_000])} Mbps`,
    () => `sshd[${whole(32_768)}]: Accepted publickey for deploy from ${address()} port ${1024 + whole(60_000)} ssh2`,
    () => `<${whole(190)}>${iso()} host${whole(40)} ${pick(workers)} ${whole(32_768)} - - ${pick(deeds)}`,
    () => `LOG:  duration: ${(random() * 300).toFixed(3)} ms  statement: SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = ${whole(9_999_999)} AND o.state = 'open'`,
    () => `block blk_${whole(2 ** 31)} of size ${whole(2 ** 26)} received from /${address()}:${whole(65_536)}`,
    () => `\u001b[3${1 + whole(6)}m${pick(workers)}\u001b[0m ${pick(deeds)} after ${whole(100)} retries`,
    () => `${pick(workers)} ${pick(hurts)}: ${address()}:${whole(65_536)} (errno ${whole(120)})`,
  ]
  const json = () =>
    JSON.stringify({ time: iso(), level: level(), logger: pick(workers), msg: pick(deeds), request_id: hex(16), status: pick([200, 200, 201, 404, 503]), ms: Number((random() * 800).toFixed(2)), peer: address(), path: pick(paths), trace_id: hex(32), region: pick(regions), bytes: whole(90_000) })
  const logfmt = () => `ts=${iso()} level=${level()} caller=${pick(workers)}.go:${whole(700)} msg="${pick(deeds)}" took=${(random() * 90).toFixed(3)}ms n=${whole(10_000)} peer=${address()} trace=${hex(32)} path=${pick(paths)} err=${random() < 0.05 ? `"${pick(hurts)}"` : 'null'}`
  const trace = () =>
    [
      `${iso()} ERROR request ${hex(8)} failed`,
      `java.lang.IllegalStateException: ${pick(hurts)}`,
      ...Array.from({ length: 3 + whole(12) }, () => `\tat com.example.${pick(workers)}.Worker.run(Worker.java:${whole(900)})`),
    ].join('\n')

  const descriptor = openSync(file, 'w')
  let written = 0
  let lines = 0
  try {
    while (written < bytes) {
      const chunk: string[] = []
      for (let n = 0; n < 5000; n += 1) {
        clock += whole(20)
        const draw = random()
        chunk.push(draw < 0.001 ? trace() : draw < 1 / 3 ? json() : draw < 1 / 2 ? logfmt() : pick(text)())
      }
      const buffer = Buffer.from(`${chunk.join('\n')}\n`)
      for (let at = buffer.indexOf(10); at >= 0; at = buffer.indexOf(10, at + 1)) lines += 1
      written += writeSync(descriptor, buffer)
    }
  } finally {
    closeSync(descriptor)
  }
  return lines
}
