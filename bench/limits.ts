import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { newFolder } from '../e2e/fixtures/folder.ts'
import { LineStream } from '../e2e/fixtures/http.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually } from '../e2e/fixtures/wait.ts'
import { many } from './many.ts'
import { writeMaterial } from './material.ts'
import { type Row, cpu, upTo } from './measure.ts'

const MEGABYTES = 200

/** Runs a program with its output thrown away and returns the seconds it took: the best of three. */
function seconds(command: string, args: string[]): number {
  let best = Infinity
  for (let round = 0; round < 3; round += 1) {
    const started = performance.now()
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'ignore'] })
    best = Math.min(best, performance.now() - started)
  }
  return best / 1000
}

/** Reads an NDJSON answer to its end without looking at it; returns its bytes. */
async function drain(server: Server, url: string): Promise<number> {
  const answer = await fetch(`${server.url}${url}`)
  if (!answer.ok || !answer.body) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  let bytes = 0
  for await (const chunk of answer.body) bytes += chunk.length
  return bytes
}

/** The whole of a log through the HTTP interface, the end of a log of 10 GB, and a host with 30,000 containers. */
export async function limits(scope: Scope): Promise<Row[]> {
  const folder = newFolder('limits')
  const material = path.join(folder, 'mixed.log')
  const lines = writeMaterial(material, MEGABYTES * 1e6)
  // A file of 10 GB that is a hole but for its end: what is in front is never read, which is what is being shown.
  mkdirSync(path.join(folder, 'big'))
  const big = path.join(folder, 'big/big.log')
  writeFileSync(big, '')
  truncateSync(big, 10e9)
  appendFileSync(big, `\n${readFileSync(material).subarray(0, 20e6).toString()}`)

  const server = await Server.start({ args: ['--history', 'off', '--source', `files:${folder}/*.log`, '--source', `files:${folder}/big/*.log`] })
  scope.defer(() => server.stop())
  const named = (name: string) => eventually(name, async () => (await server.containers()).find((container) => container.name.includes(name)))
  const mixed = await named('mixed')
  const large = await named('big')

  const cat = seconds('sh', ['-c', `cat ${material} | cat`])
  const ripgrep = seconds('rg', ['--count', 'checksum', material])
  const zstd = seconds('zstd', ['-1', '--single-thread', '--stdout', material])

  const url = `/api/v1/containers/${mixed.id}/logs`
  await drain(server, `${url}?limit=1000`)
  const before = cpu([server.pid])
  const started = performance.now()
  const bytes = await drain(server, url)
  const took = (performance.now() - started) / 1000
  const own = cpu([server.pid]) - before

  const tails: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const asked = performance.now()
    const stream = await LineStream.open(server.address, `/api/v1/containers/${large.id}/logs?tail=500`)
    let count = 0
    for await (const entry of stream) if (entry.seq) count += 1
    if (count !== 500) throw new Error(`the tail had ${count} lines`)
    tails.push(performance.now() - asked)
  }

  const size = statSync(material).size / 1e6
  return [
    { what: `material: ${size.toFixed(0)} MB, ${lines} lines`, measured: '', limit: '' },
    { what: 'cat | cat', measured: `${(size / cat).toFixed(0)} MB/s`, limit: '' },
    { what: 'ripgrep, one literal', measured: `${(size / ripgrep).toFixed(0)} MB/s`, limit: '' },
    { what: 'zstd -1, one thread', measured: `${(size / zstd).toFixed(0)} MB/s`, limit: '' },
    { what: `all of it as NDJSON (${(bytes / 1e6).toFixed(0)} MB): rate of the log's bytes`, measured: `${(size / took).toFixed(0)} MB/s`, limit: '' },
    { what: 'own CPU per line of it', measured: `${(own / lines).toFixed(2)} µs`, limit: '' },
    { what: 'own CPU time against that of cat | cat', measured: `${(own / 1e6 / cat).toFixed(1)} times`, limit: '' },
    upTo('last 500 lines of a log of 10 GB: slowest of five', Math.max(...tails), 'ms', 200),
    ...(await many(scope)),
  ]
}
