import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { sleep } from '../e2e/fixtures/wait.ts'

/** How many system calls a process makes meanwhile, all its threads together; undefined where there is no strace, or it may not look. */
export async function countCalls(pid: number, meanwhile: () => Promise<void>): Promise<number | undefined> {
  const tracer = spawn('strace', ['-c', '-f', '-q', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  tracer.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = Promise.race([once(tracer, 'close'), once(tracer, 'error')])
  await sleep(500) // strace says nothing when it has attached
  await meanwhile()
  tracer.kill('SIGINT')
  await ended.catch(() => {})
  // The last line of its table: percent, seconds, µs a call, calls, errors, "total".
  const total = /^\s*100\.00\s+[\d.]+\s+(?:\d+\s+)?(\d+)\s+(?:\d+\s+)?total$/m.exec(said)
  return total ? Number(total[1]) : undefined
}
