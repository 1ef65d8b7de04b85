import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DockerEngine } from '../fixtures/docker.ts'
import { FakeEngine, fakeId } from '../fixtures/fake_engine.ts'
import { newFolder, runFolder } from '../fixtures/folder.ts'
import { raw, request } from '../fixtures/http.ts'
import { NumberedLines } from '../fixtures/numbers.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server, runTaffrail } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const NOBODY = 65_534

const scope = new Scope()
afterAll(() => scope.close())

describe('requests that are wrong', () => {
  let server: Server
  let id: string

  beforeAll(async () => {
    server = await Server.start({ args: ['--source', 'demo'] })
    scope.defer(() => server.stop())
    id = (await eventually('a container', async () => (await server.containers())[0])).id
  })

  const logs = () => `/api/v1/containers/${id}/logs`
  const cases: [string, () => string, number, string?][] = [
    ['a path that does not exist', () => '/api/v1/nothing', 404],
    ['a path that climbs out', () => '/assets/../../../../etc/passwd', 400],
    ['a path that climbs out in disguise', () => '/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd', 404],
    ['a path with a NUL', () => '/api/v1/containers/%00/logs', 400],
    ['an unfinished percent escape', () => '/api/v1/containers/%4', 400],
    ['a method that a route does not know', () => '/api/v1/containers', 405, 'DELETE'],
    ['a body that nobody asked for', () => '/api/v1/info', 405, 'POST'],
    ['a method that does not exist', () => '/healthz', 405, 'BREW'],
    ['a container that does not exist', () => '/api/v1/containers/ffffffffffff/logs', 404],
    ['an id that is far too long', () => `/api/v1/containers/${'f'.repeat(4000)}/logs`, 404],
    ['a cursor that is none', () => `${logs()}?cursor=yesterday`, 400],
    ['a cursor with a number past the end of integers', () => `${logs()}?cursor=99999999999999999999@2026-11-21T00:00:00Z`, 400],
    ['a time that is none', () => `${logs()}?since=soon`, 400],
    ['a duration without a unit that could be a time', () => `${logs()}?since=15x`, 400],
    ['a date that does not exist', () => `${logs()}?since=2026-02-30T00:00:00Z`, 400],
    ['a tail that is no number', () => `${logs()}?tail=-1`, 400],
    ['a limit past the end of integers', () => `${logs()}?limit=99999999999999999999`, 400],
    ['an order that is none', () => `${logs()}?order=sideways`, 400],
    ['a level that is none', () => `${logs()}?levels=warn,loud`, 400],
    ['a stream that is none', () => `${logs()}?streams=stdin`, 400],
    ['a parameter that is unknown', () => `${logs()}?colour=red`, 400],
    ['a parameter that is given twice', () => `${logs()}?tail=1&tail=2`, 400],
    ['follow backwards', () => `${logs()}?follow=true&order=desc`, 400],
  ]
  for (const [what, path, status, method] of cases) {
    test(`${what} is refused with ${status} and a reason`, async () => {
      const answer = await server.get(path(), { method: method ?? 'GET', ...(method === 'POST' ? { body: '{}' } : {}) })
      expect(answer.status, answer.text).toBe(status)
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(answer.json()).toMatchObject({ status, title: expect.any(String), detail: expect.stringMatching(/.{5}/) })
      if (status === 405) expect(answer.headers.allow).toMatch(/GET/)
    })
  }

  const get = 'GET /healthz HTTP/1.1\r\nHost: a\r\n'
  const malformed: [string, () => string | Buffer, RegExp][] = [
    ['something that is no HTTP', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03garbage\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a request line of 64 KiB', () => `GET /${'a'.repeat(65_536)} HTTP/1.1\r\nHost: a\r\n\r\n`, /^HTTP\/1\.1 (414|431|400) /],
    ['a header of 256 KiB', () => `${get}X: ${'a'.repeat(262_144)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['ten thousand headers', () => `${get}${Array.from({ length: 10_000 }, (_, n) => `x${n}: y\r\n`).join('')}\r\n`, /^HTTP\/1\.1 431 /],
    ['no Host', () => 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['both lengths', () => `POST /api/v1/info HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['two lengths that differ', () => `${get}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`, /^HTTP\/1\.1 400 /],
    ['a chunk size that is none', () => `POST /api/v1/info HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`, /^HTTP\/1\.1 (400|405) /],
    ['a folded header', () => `${get}X: a\r\n b\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['a bare carriage return in a header', () => `${get}X: a\rb\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['a blank before the colon', () => `${get}Content-Length : 0\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['HTTP of another version', () => 'GET /healthz HTTP/3.0\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 (400|505) /],
    ['a body of a length that is never sent', () => `POST /api/v1/info HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999\r\n\r\n`, /^HTTP\/1\.1 (400|405|413) /],
  ]
  for (const [what, bytes, answer] of malformed) {
    test(`${what} is refused and the connection closed`, async () => {
      const { text, closed } = await raw(server.address, bytes())
      expect(text.slice(0, 200)).toMatch(answer)
      expect(closed).toBe(true)
    })
  }

  test('a client that opens a connection and says nothing, or half of a request, does not keep others from theirs', async () => {
    const slow = Array.from({ length: 200 }, (_, n) => raw(server.address, n % 2 ? '' : 'GET /heal', 1000))
    expect((await server.get('/healthz')).status).toBe(200)
    await Promise.all(slow)
  })

  const messages: [string, string][] = [
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"fly"}'],
    ['a subscription without a number', '{"type":"subscribe","what":"containers"}'],
    ['a subscription to nothing known', '{"type":"subscribe","sub":7,"what":"weather"}'],
    ['a logs subscription without containers', '{"type":"subscribe","sub":7,"what":"logs","containers":[]}'],
    ['a number of the wrong kind', '{"type":"subscribe","sub":"seven","what":"containers"}'],
    ['credit for a subscription that does not exist', '{"type":"credit","sub":99,"bytes":10}'],
    ['negative credit', '{"type":"credit","sub":99,"bytes":-1}'],
    ['deep nesting', `{"type":${'['.repeat(20_000)}`],
    ['a lone surrogate', '{"type":"\\ud800"}'],
  ]
  test.each(messages)('a live message with %s is answered by an error, and the connection lives', async (_, message) => {
    const live = await server.live()
    try {
      live.send(message)
      const refused = await live.message('an error', ({ type }) => type === 'error')
      expect(refused.error).toMatchObject({ title: expect.any(String), status: expect.any(Number), detail: expect.stringMatching(/.{5}/) })
      live.send({ type: 'ping' })
      await live.message('pong', ({ type }) => type === 'pong')
    } finally {
      live.close()
    }
  })

  test('a live message of 10 MB ends that connection and no other', async () => {
    const [bad, good] = [await server.live(), await server.live()]
    bad.send(`{"type":"${'a'.repeat(10_000_000)}"}`)
    expect((await eventually('the close', () => bad.closed)).code).not.toBe(1000)
    good.send({ type: 'ping' })
    await good.message('pong', ({ type }) => type === 'pong')
    good.close()
  })
})

describe('lines that are wrong', () => {
  let engine: DockerEngine
  const servers: Server[] = []

  beforeAll(async () => {
    engine = await DockerEngine.start()
    scope.defer(() => engine.stop())
    for (const files of ['auto', 'off']) {
      const server = await Server.start({ docker: [engine.url], args: ['--log-files', files] })
      scope.defer(() => server.stop())
      servers.push(server)
    }
  })

  test('a line of 100 MB is cut with a mark, and other viewers notice nothing', async () => {
    const neighbour = await engine.runHeld('seq 1 2000; sleep 1000')
    const big = await engine.runHeld(`echo before; head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; echo after; sleep 1000`)
    const watching = []
    for (const server of servers) {
      await server.container(neighbour)
      await server.container(big)
      const live = await server.live()
      scope.defer(() => live.close())
      live.subscribeLogs(1, [neighbour])
      live.subscribeLogs(2, [big])
      await live.caughtUp(2)
      watching.push(live)
    }
    await engine.release(big)
    await engine.release(neighbour)
    for (const live of watching) {
      await live.line(2, 'after', 50_000)
      const lines = live.entries(2)
      expect(lines[0].text).toBe('before')
      expect(Math.max(...lines.map((line) => line.text.length))).toBeLessThanOrEqual(262_144 + 200)
      expect(lines.length).toBeLessThan(1000)
      const numbers = new NumberedLines()
      for (const entry of live.entries(1)) numbers.take(entry)
      expect(numbers.fault ?? '').toBe('')
      expect(numbers.received).toBe(2000)
    }
    await engine.docker('rm', '--force', big, neighbour)
  }, 120_000)

  test('NUL bytes and invalid UTF-8 arrive as JSON that can be read, and the lines around them unharmed', async () => {
    const script = String.raw`printf 'a\000b\n'; printf 'bad \377\376 \303\050 end\n'; printf 'cut \342\202\n'; printf 'sur \355\240\200\n'; printf '\033[31mred\033[0m\n'; echo last; sleep 1000`
    const container = await engine.run(['sh', '-c', script])
    for (const server of servers) {
      await server.container(container)
      const lines = await eventually('the last line', async () => {
        const read = (await server.lines(`/api/v1/containers/${container}/logs`)).filter((line) => line.seq)
        return read.at(-1)?.text === 'last' && read
      })
      const texts = lines.map((line: any) => line.text)
      expect(texts[0]).toBe('a\u0000b')
      expect(texts[1]).toMatch(/^bad \ufffd+ \ufffd+\( end$/)
      expect(texts[2]).toMatch(/^cut \ufffd+$/)
      expect(texts[3]).toMatch(/^sur \ufffd+$/)
      expect(texts[4]).toBe('\u001b[31mred\u001b[0m')
    }
    await engine.docker('rm', '--force', container)
  })

  test('a line over 16 KiB, which the engine splits, arrives whole', async () => {
    const container = await engine.run(['sh', '-c', `head -c 100000 /dev/zero | tr '\\0' 'y'; echo; echo last`])
    await engine.docker('wait', container)
    for (const server of servers) {
      await server.container(container, ({ state }) => state === 'exited')
      const lines = (await server.lines(`/api/v1/containers/${container}/logs`)).filter((line) => line.seq)
      expect(lines.map((line) => line.text.length)).toEqual([100_000, 4])
    }
  })

  test('a log driver that cannot be read says so in place of the log', async () => {
    const container = await engine.run(['sleep', '1000'], { args: ['--log-driver', 'none'] })
    for (const server of servers) {
      await server.container(container)
      const live = await server.live()
      live.subscribeLogs(1, [container])
      const told = await live.message('the reason', ({ type, state, sub }) => sub === 1 && ((type === 'state' && state === 'unreadable') || type === 'error'))
      expect(told.reason ?? told.error.detail).toMatch(/log driver is "none"/)
      live.close()
      const answer = await server.get(`/api/v1/containers/${container}/logs`)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.json().detail).toMatch(/none/)
    }
    await engine.docker('rm', '--force', container)
  })
})

describe('files and folders that are wrong', () => {
  test('files that may not be read, folders and dead links do not keep the others from being shown', async () => {
    const folder = newFolder('files')
    writeFileSync(path.join(folder, 'good.log'), 'one\ntwo\n', { mode: 0o644 })
    writeFileSync(path.join(folder, 'secret.log'), 'hidden\n', { mode: 0o600 })
    mkdirSync(path.join(folder, 'folder.log'))
    symlinkSync('/nowhere/at/all', path.join(folder, 'dead.log'))
    // Root may read everything, so the server runs as somebody who may not.
    const data = newFolder('data')
    chownSync(data, NOBODY, NOBODY)
    for (const parent of [runFolder(), folder]) chmodSync(parent, 0o755)
    const server = await Server.start({ args: ['--source', `files:${folder}/*.log`], data, uid: NOBODY })
    scope.defer(() => server.stop())
    const good = await eventually('the good file', async () => (await server.containers()).find(({ name }) => name.includes('good')))
    const lines = (await server.lines(`/api/v1/containers/${good.id}/logs`)).filter((line) => line.seq)
    expect(lines.map((line) => line.text)).toEqual(['one', 'two'])
    const secret = (await server.containers()).find((container) => container.name.includes('secret'))
    if (secret) {
      const answer = await server.get(`/api/v1/containers/${secret.id}/logs`)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.json().detail).toMatch(/[Pp]ermission/)
    } else {
      expect(server.output).toMatch(/secret\.log.*[Pp]ermission|[Pp]ermission.*secret\.log/)
    }
  })

  test('a data directory that may not be written stops the start with its name and the reason', async () => {
    const folder = newFolder('owned')
    const { code, output } = await runTaffrail(['serve', '--listen', '127.0.0.1:0', '--data', path.join(folder, 'data'), '--source', 'demo'], { uid: NOBODY })
    expect(code).toBeGreaterThan(0)
    expect(output).toMatch(/[Pp]ermission denied/)
    expect(output).toContain(folder)
  })

  test('a data directory that is a file stops the start with its name', async () => {
    const file = path.join(newFolder('file'), 'data')
    writeFileSync(file, '')
    const { code, output } = await runTaffrail(['serve', '--listen', '127.0.0.1:0', '--data', file, '--source', 'demo'])
    expect(code).toBeGreaterThan(0)
    expect(output).toContain(file)
  })
})

describe('an engine that answers garbage', () => {
  const answers: [string, (answer: import('node:http').ServerResponse) => void][] = [
    ['a page of HTML', (answer) => answer.end('<html>It works!</html>')],
    ['an empty body', (answer) => answer.end()],
    ['JSON of another shape', (answer) => answer.end('{"containers": 7}')],
    ['JSON that breaks off', (answer) => answer.end('[{"Id": "abc')],
    ['deep nesting', (answer) => answer.end('['.repeat(100_000))],
    ['an error', (answer) => { answer.statusCode = 500; answer.end('{"message":"driver failed"}') }],
    ['something that is no HTTP', (answer) => { answer.socket?.write('\x00\x01garbage\r\n\r\n'); answer.socket?.destroy() }],
    ['a chunk of an impossible size', (answer) => { answer.socket?.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n'); answer.socket?.end() }],
    ['bytes after the connection was closed', (answer) => { answer.socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[]'); answer.socket?.end() }],
  ]
  test.each(answers)('%s instead of the list: the server lives, says so, and recovers when the engine does', async (_, garbage) => {
    let broken = true
    const engine = await FakeEngine.start([{ id: fakeId(1), name: 'well', state: 'exited' }], (_request, answer, path) => {
      if (!broken || path !== '/containers/json') return false
      garbage(answer)
      return true
    })
    const server = await Server.start({ docker: [engine.url] })
    try {
      await eventually('two attempts', () => engine.count('/containers/json') >= 2, 15_000)
      expect((await server.get('/healthz')).status).toBe(200)
      broken = false
      await eventually('the container', async () => (await server.containers()).some(({ name }) => name === 'well'), 20_000)
    } finally {
      await server.stop()
      await engine.stop()
    }
  }, 45_000)

  test('a list with nonsense in it loses the nonsense and nothing else', async () => {
    const engine = await FakeEngine.start([], (_request, answer, path) => {
      if (path !== '/containers/json') return false
      answer.end(`[1, null, {"Id": 5}, {"Id": "", "Names": null}, {"Id": "${fakeId(1)}", "Names": ["/well"], "State": "exited", "Labels": 7}, "x"]`)
      return true
    })
    scope.defer(() => engine.stop())
    const server = await Server.start({ docker: [engine.url] })
    scope.defer(() => server.stop())
    await server.container('well')
    expect((await server.containers()).length).toBe(1)
  })

  test('a log of broken frames is a state or an error, not the end', async () => {
    const frames = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 3]), Buffer.from('hi\n'), Buffer.from([9, 7, 7, 7, 0xff, 0xff, 0xff, 0xff]), Buffer.from('garbage')])
    const engine = await FakeEngine.start([{ id: fakeId(1), name: 'garbled', state: 'exited' }], (_request, answer, path) => {
      if (!path.endsWith('/logs')) return false
      answer.writeHead(200, { 'content-type': 'application/vnd.docker.raw-stream' })
      answer.end(frames)
      return true
    })
    scope.defer(() => engine.stop())
    const server = await Server.start({ docker: [engine.url] })
    scope.defer(() => server.stop())
    const { id } = await server.container('garbled')
    const answer = await server.get(`/api/v1/containers/${id}/logs`)
    expect(answer.status === 200 ? answer.text : answer.json().detail).toBeTruthy()
    expect((await request(server.address, '/healthz')).status).toBe(200)
  })
})
