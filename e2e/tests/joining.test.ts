import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DockerEngine } from '../fixtures/docker.ts'
import { NumberedLines } from '../fixtures/numbers.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { within } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

/** Takes entries, sorted by container, until `done` says so. The stream stays open. */
async function gather(entries: AsyncIterator<any>, by: Map<string, NumberedLines>, done: () => boolean): Promise<void> {
  while (!done()) {
    const { value, done: ended } = await entries.next()
    if (ended) throw new Error('the read ended')
    const id = value.container ?? value.gap?.container
    if (id === undefined) throw new Error(`not a line: ${JSON.stringify(value)}`)
    if (!by.has(id)) by.set(id, new NumberedLines())
    by.get(id)!.take(value)
  }
}

describe.each([
  ['direct files', 'auto'],
  ['the API', 'off'],
])('a merged read that follows, by %s,', (_, files) => {
  let engine: DockerEngine
  let server: Server

  beforeAll(async () => {
    engine = await DockerEngine.start()
    scope.defer(() => engine.stop())
    server = await Server.start({ docker: [engine.url], args: ['--log-files', files] })
    scope.defer(() => server.stop())
  })

  test('is joined by the containers that come later and match, with every line once, and goes on when some are removed', async () => {
    const selection = encodeURIComponent('name startsWith "job-"')
    const stream = await server.follow(`/api/v1/logs?follow=true&containers=${selection}`)
    const entries = stream[Symbol.asyncIterator]()
    const by = new Map<string, NumberedLines>()
    const last = (id: string) => by.get(id)?.last ?? 0
    try {
      // Nobody is there yet. Three come and write at once; a fourth does not match.
      await engine.run(['seq', '1', '2000'], { name: 'other' })
      const ids: string[] = []
      for (const name of ['job-1', 'job-2', 'job-3']) ids.push(await engine.runHeld('seq 1 1000; seq 1001 2000; exec sleep 1000', { name }))
      for (const id of ids) await engine.release(id)
      await within(30_000, 'the lines of the first three', gather(entries, by, () => ids.every((id) => last(id) === 2_000)))
      // One is removed and made again under its name: another container, whose lines begin anew.
      await engine.docker('rm', '--force', 'job-2')
      const again = await engine.run(['sh', '-c', 'seq 1 500; exec sleep 1000'], { name: 'job-2' })
      await within(30_000, 'the lines of the new one', gather(entries, by, () => last(again) === 500))
      // One that did not match until it was renamed.
      const renamed = await engine.run(['sh', '-c', 'seq 1 300; exec sleep 1000'], { name: 'late' })
      await engine.docker('rename', 'late', 'job-4')
      await within(30_000, 'the lines of the renamed one', gather(entries, by, () => last(renamed) === 300))
      for (const [id, numbers] of by) {
        expect(numbers.fault ?? '', id).toBe('')
        expect(numbers.gaps, id).toEqual([])
        expect(numbers.received, id).toBe(numbers.last)
      }
      expect(new Set(by.keys())).toEqual(new Set([...ids, again, renamed]))
    } finally {
      stream.close()
    }
  })
})
