import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DockerEngine } from '../fixtures/docker.ts'
import { NumberedLines } from '../fixtures/numbers.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { within } from '../fixtures/wait.ts'

const LINES = 300_000
const ROTATION = { 'max-size': '1m', 'max-file': '5', compress: 'true' }

const scope = new Scope()
afterAll(() => scope.close())

/** Reads `/logs?follow=true` from the start until number LINES. */
async function readAll(server: Server, container: string, onProgress: (last: number) => unknown = () => {}): Promise<NumberedLines> {
  const numbers = new NumberedLines()
  const stream = await server.follow(`/api/v1/containers/${container}/logs?follow=true`)
  try {
    for await (const entry of stream) {
      if (entry.end) break
      numbers.take(entry)
      onProgress(numbers.last)
      if (numbers.fault || numbers.last === LINES) break
    }
  } finally {
    stream.close()
  }
  return numbers
}

function expectAll(numbers: NumberedLines): void {
  expect(numbers.fault ?? '').toBe('')
  expect(numbers.last).toBe(LINES)
  expect(numbers.gaps).toEqual([])
  expect(numbers.received).toBe(LINES)
}

/** While the log rotates the engine may throw lines away; then the hole is told once, with its size where that can be known. */
function expectAllButTold(numbers: NumberedLines): void {
  expect(numbers.fault ?? '').toBe('')
  expect(numbers.last).toBe(LINES)
  const untold = numbers.gaps.filter((gap) => gap.lines === null)
  const told = numbers.gaps.reduce((sum, gap) => sum + (gap.before - gap.after - 1), 0)
  expect(numbers.received + told).toBe(LINES)
  expect(untold.every((gap) => gap.reason === 'engine' || gap.reason === 'rotated'), JSON.stringify(untold)).toBe(true)
}

describe('300,000 numbered lines, followed from the start,', () => {
  let engine: DockerEngine
  const servers: Record<string, Server> = {}

  beforeAll(async () => {
    engine = await DockerEngine.start({ liveRestore: true })
    scope.defer(() => engine.stop())
    for (const [name, files] of [['direct files', 'auto'], ['the API', 'off']] as const) {
      const server = await Server.start({ docker: [engine.url], args: ['--log-files', files] })
      scope.defer(() => server.stop())
      servers[name] = server
    }
  })

  for (const tty of [false, true]) {
    for (const rotates of [false, true]) {
      test(`come exactly once, in order, by files and by the API, ${tty ? 'with' : 'without'} a TTY${rotates ? ', while the log rotates' : ''}`, async () => {
        const container = await engine.runHeld(`seq 1 ${LINES}; sleep 1000`, { tty, logOptions: rotates ? ROTATION : {} })
        const reads = Object.values(servers).map(async (server) => {
          await server.container(container)
          return readAll(server, container)
        })
        await engine.release(container)
        const results = await within(50_000, 'all lines', Promise.all(reads))
        await engine.docker('rm', '--force', container)
        for (const numbers of results) (rotates ? expectAllButTold : expectAll)(numbers)
      })
    }
  }

  test('come as the engine kept them, nothing twice and nothing lost, when it is killed and restarted in the middle (live-restore)', async () => {
    // In bursts, so that the kill falls into the writing and not behind it.
    const script = `i=0; while [ $i -lt 30 ]; do seq $((i * 10000 + 1)) $((i * 10000 + 10000)); i=$((i + 1)); sleep 0.1; done; sleep 1000`
    const container = await engine.runHeld(script)
    let reached = () => {}
    const third = new Promise<void>((resolve) => (reached = resolve))
    const reads = Object.values(servers).map(async (server) => {
      await server.container(container)
      const texts: string[] = []
      const seqs: number[] = []
      for await (const entry of await server.follow(`/api/v1/containers/${container}/logs?follow=true`)) {
        expect(entry.gap, JSON.stringify(entry)).toBeUndefined()
        texts.push(entry.text)
        seqs.push(entry.seq)
        if (texts.length === LINES / 3) reached()
        if (entry.text === String(LINES)) break
      }
      return { texts, seqs }
    })
    await engine.release(container)
    await within(30_000, 'a third of the lines', third)
    await engine.kill()
    await engine.restart()
    const results = await within(50_000, 'all lines', Promise.all(reads))
    // What dockerd had in its memory when it was killed is gone, in the middle of a line even; its log is what it kept.
    const kept = (await engine.docker('logs', container)).split('\n')
    await engine.docker('rm', '--force', container)
    expect(kept.length).toBeGreaterThan(LINES * 0.9)
    for (const { texts, seqs } of results) {
      const different = texts.findIndex((text, n) => text !== kept[n])
      expect(different, `line ${different} is ${texts[different]}, the engine kept ${kept[different]}`).toBe(-1)
      expect(texts.length).toBe(kept.length)
      expect(seqs.every((seq, n) => n === 0 || seq > seqs[n - 1]!)).toBe(true)
    }
  })

  test('are the same ones with the same seq when read again, from a cursor and backwards', async () => {
    const container = await engine.run(['sh', '-c', 'seq 1 3000'])
    await engine.docker('wait', container)
    for (const server of Object.values(servers)) {
      await server.container(container, ({ state }) => state === 'exited')
      const path = `/api/v1/containers/${container}/logs`
      const all = (await server.lines(path)).filter((line) => line.seq)
      expect(all.map((line) => line.text)).toEqual(Array.from({ length: 3000 }, (_, n) => String(n + 1)))
      const middle = all[1499]
      const cursor = `${middle.seq}@${middle.time}`
      const after = (await server.lines(`${path}?cursor=${cursor}&order=asc&limit=500`)).filter((line) => line.seq)
      expect(after).toEqual(all.slice(1500, 2000))
      const before = (await server.lines(`${path}?cursor=${cursor}&order=desc&limit=500`)).filter((line) => line.seq)
      expect(before).toEqual(all.slice(999, 1499).reverse())
      const tail = (await server.lines(`${path}?tail=10`)).filter((line) => line.seq)
      expect(tail).toEqual(all.slice(-10))
    }
  })
})

test('a container that the engine without live-restore ended and that is started again goes on where it was', async () => {
  const engine = await DockerEngine.start({ liveRestore: false })
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  // Each start writes on from where the last one stopped: the file system of the container keeps the number.
  const script = 'n=$(cat /n 2>/dev/null || echo 0); seq $((n + 1)) $((n + 1000)); echo $((n + 1000)) > /n; sleep 1000'
  const container = await engine.run(['sh', '-c', script])
  await server.container(container)
  const numbers = new NumberedLines()
  const live = await server.live()
  scope.defer(() => live.close())
  live.subscribeLogs(1, [container], { tail: 100_000 })
  await live.line(1, '1000')
  await engine.kill()
  await engine.restart()
  await server.container(container, ({ state }) => state === 'exited')
  await engine.docker('start', container)
  await live.line(1, '2000')
  for (const entry of live.entries(1)) numbers.take(entry)
  expect(numbers.fault ?? '').toBe('')
  expect(numbers.received).toBe(2000)
})
