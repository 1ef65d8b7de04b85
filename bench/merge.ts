import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { newFolder } from '../e2e/fixtures/folder.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually } from '../e2e/fixtures/wait.ts'
import { read } from './crowd.ts'
import { type Row, cpu, upTo } from './measure.ts'
import { countCalls } from './calls.ts'

const LINES = 500_000
const FILES = 1_000
const TIMES = 3
const FIRST_PAGE_MS = 300

/** The same lines in one file and dealt out to `hands` files, the next line to the next file: no two lines in a row are of one. */
function deal(folder: string, lines: string[], hands: number, name: string): void {
  mkdirSync(path.join(folder, name))
  for (let hand = 0; hand < hands; hand += 1) {
    let text = ''
    for (let n = hand; n < lines.length; n += hands) text += lines[n]
    writeFileSync(path.join(folder, name, `${name}-${hand}.log`), text)
  }
}

/** A merge of many logs against one log with the same lines. */
export async function merge(scope: Scope): Promise<Row[]> {
  const folder = newFolder('merge')
  const begin = Date.UTC(2026, 9, 1)
  const lines = Array.from({ length: LINES }, (_, n) => `${new Date(begin + n * 10).toISOString()} INFO [worker-${n % 16}] request ${n} took ${n % 977} ms and ${'touched '.repeat(n % 5)}${n % 31} rows\n`)
  const kinds = { one: 1, pair: 2, many: FILES }
  for (const [name, hands] of Object.entries(kinds)) deal(folder, lines, hands, name)
  const server = await Server.start({ args: ['--history', 'off', ...Object.keys(kinds).flatMap((name) => ['--source', `files:${folder}/${name}/*.log`])] })
  scope.defer(() => server.stop())
  await eventually('all logs', async () => (await server.containers()).length === FILES + 3, 60_000, 200)

  const ask = async (name: string, more = '') => {
    const before = { cpu: cpu([server.pid]), at: performance.now() }
    const reader = read(scope, server.address, `/api/v1/logs?containers=name startsWith "${name}-"${more}`)
    await reader.ended
    if (!reader.tail.includes('{"end":')) throw new Error(`${name}${more} was cut off: ${reader.tail.toString()}`)
    const matched = Number(/"matched":(\d+)/.exec(reader.tail.toString())?.[1])
    return { cpu: cpu([server.pid]) - before.cpu, took: performance.now() - before.at, bytes: reader.bytes, matched }
  }
  /** The whole log, the best of three: what it costs, not what the machine's other work adds. */
  const whole = async (name: string) => {
    const runs = []
    for (let round = 0; round < 3; round += 1) runs.push(await ask(name))
    for (const run of runs) if (run.matched !== LINES) throw new Error(`${name} gave ${run.matched} of ${LINES} lines`)
    return runs.toSorted((a, b) => a.cpu - b.cpu)[0]!
  }
  await ask('one', '&limit=1000')
  const one = await whole('one')
  const pair = await whole('pair')
  const many = await whole('many')
  const pages: Record<string, number[]> = {}
  for (const [label, more] of Object.entries({ 'limit=500': '&limit=500', 'tail=500': '&tail=500', 'order=desc, limit=500': '&order=desc&limit=500' })) {
    pages[label] = []
    for (let round = 0; round < 5; round += 1) {
      const page = await ask('many', more)
      if (page.matched !== 500) throw new Error(`${label} gave ${page.matched} lines`)
      pages[label].push(page.took)
    }
  }
  const perLine = (run: { cpu: number; took: number }) => `${(run.cpu / LINES).toFixed(2)} µs of CPU a line, ${(run.took / 1000).toFixed(1)} s`
  const calls = await countCalls(server.pid, async () => {
    await ask('pair')
  })
  return [
    { what: `${LINES} lines of one file`, measured: perLine(one), limit: '' },
    { what: 'the same of two files whose lines alternate', measured: perLine(pair), limit: '' },
    { what: `the same of ${FILES} files`, measured: perLine(many), limit: '' },
    upTo('two files whose lines alternate: CPU against one file', pair.cpu / one.cpu, 'times', TIMES, 2),
    upTo(`${FILES} files: CPU against one file`, many.cpu / one.cpu, 'times', TIMES, 2),
    ...Object.entries(pages).map(([label, took]) => upTo(`${FILES} files: ${label}, slowest of ${took.length}`, Math.max(...took), 'ms', FIRST_PAGE_MS, 0)),
    ...(calls === undefined ? [] : [{ what: 'two files whose lines alternate: system calls a line', measured: (calls / LINES).toFixed(3), limit: '' }]),
  ]
}
