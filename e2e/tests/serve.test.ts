import { existsSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { newFolder } from '../fixtures/folder.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server, runTaffrail } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

async function start(...options: Parameters<typeof Server.start>): Promise<Server> {
  const server = await Server.start(...options)
  scope.defer(() => server.running && server.stop())
  return server
}

describe('the page inside the binary', () => {
  let server: Server
  let html: string

  beforeAll(async () => {
    server = await start({ args: ['--source', 'demo'] })
    html = (await server.get('/')).text
  })

  const assets = () => [...html.matchAll(/(?:src|href)="(?:\.\/|\/)?(assets\/[^"]+)"/g)].map((match) => `/${match[1]}`)

  test('is served with a strict Content-Security-Policy, and nothing of it is inline', async () => {
    const { status, headers } = await server.get('/')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    const policy = String(headers['content-security-policy'])
    expect(policy).toMatch(/default-src '(self|none)'/)
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/)
    expect(policy).toMatch(/frame-ancestors '(none|self)'/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBeTruthy()
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|<style|\son\w+=|style="/)
  })

  test('has hashed names that may be kept for ever, and an index that may not', async () => {
    expect(assets().length).toBeGreaterThan(0)
    for (const asset of assets()) {
      expect(asset).toMatch(/[-.][\w-]{8,}\.\w+$/)
      const { status, headers } = await server.get(asset)
      expect(status).toBe(200)
      expect(headers['cache-control']).toMatch(/immutable/)
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
    expect((await server.get('/')).headers['cache-control']).toMatch(/no-cache|no-store|max-age=0/)
  })

  test('comes compressed beforehand to those who accept it', async () => {
    const script = assets().find((name) => name.endsWith('.js'))!
    const plain = (await server.get(script)).body
    const brotli = await server.get(script, { headers: { 'accept-encoding': 'gzip, deflate, br' } })
    expect(brotli.headers['content-encoding']).toMatch(/^(br|zstd)$/)
    if (brotli.headers['content-encoding'] === 'br') expect(brotliDecompressSync(brotli.body).equals(plain)).toBe(true)
    expect(brotli.headers.vary).toMatch(/accept-encoding/i)
    const gzip = await server.get(script, { headers: { 'accept-encoding': 'gzip' } })
    expect(gzip.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(gzip.body).equals(plain)).toBe(true)
    expect(brotli.body.length).toBeLessThan(plain.length / 2)
    const refused = await server.get(script, { headers: { 'accept-encoding': 'br;q=0, gzip;q=0' } })
    expect(refused.headers['content-encoding']).toBeUndefined()
  })

  test('is not sent again to those who have it, and HEAD sends no body', async () => {
    const script = assets().find((name) => name.endsWith('.js'))!
    const first = await server.get(script)
    expect(first.headers.etag).toBeTruthy()
    expect((await server.get(script, { headers: { 'if-none-match': first.headers.etag } })).status).toBe(304)
    const head = await server.get(script, { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.body.length).toBe(0)
    expect(head.headers['content-length']).toBe(String(first.body.length))
  })

  test('answers deep links with itself, but not what looks like a missing file or route', async () => {
    expect((await server.get('/container/shop-api', { headers: { accept: 'text/html' } })).text).toBe(html)
    expect((await server.get('/assets/gone-12345678.js')).status).toBe(404)
    expect((await server.get('/api/v1/gone', { headers: { accept: 'text/html' } })).status).toBe(404)
  })
})

describe('where and how it listens', () => {
  test('on a unix socket', async () => {
    const socket = path.join(newFolder('listen'), 't.sock')
    const server = await start({ listen: `unix:${socket}`, args: ['--source', 'demo'] })
    expect((await server.get('/api/v1/info')).json()).toMatchObject({ version: expect.any(String) })
    expect((await server.get('/')).status).toBe(200)
    const live = await server.live()
    await live.message('hello', ({ type }) => type === 'hello')
    live.close()
    expect((await runTaffrail(['healthcheck', '--url', `unix:${socket}`])).code).toBe(0)
    await server.stop()
    expect(existsSync(socket)).toBe(false)
  })

  test('under a base path: page, routes and live connection, and nothing beside it', async () => {
    const server = await start({ basePath: '/ops/logs', args: ['--source', 'demo'] })
    const html = (await server.get('/')).text
    expect((await server.get('/api/v1/info')).status).toBe(200)
    const live = await server.live()
    await live.message('hello', ({ type }) => type === 'hello')
    live.close()
    for (const [, asset] of html.matchAll(/(?:src|href)="([^"]*assets\/[^"]+)"/g)) {
      const resolved = new URL(asset!, `${server.url}/`)
      expect(resolved.pathname).toMatch(/^\/ops\/logs\/assets\//)
      expect((await fetch(resolved)).status).toBe(200)
    }
    const origin = new URL(server.url).origin
    expect((await fetch(`${origin}/api/v1/info`)).status).toBe(404)
    expect((await fetch(`${origin}/ops/logs`)).status).toBe(200) // with a redirect to the slash
  })

  test('refuses a live connection from another origin, and takes its own and none', async () => {
    const server = await start({ args: ['--source', 'demo'] })
    await expect(server.live({ origin: 'https://evil.example' })).rejects.toThrow(/403/)
    await expect(server.live({ origin: 'null' })).rejects.toThrow(/403/)
    const own = await server.live({ origin: new URL(server.url).origin })
    await own.message('hello', ({ type }) => type === 'hello')
    own.close()
    const none = await server.live()
    await none.message('hello', ({ type }) => type === 'hello')
    none.close()
  })

  test('under no name that a page on the web could have, unless it is told so or others reach it', async () => {
    const asked = (server: Server, host: string, target = '/api/v1/containers') => server.get(target, { headers: { host } }).then(({ status }) => status)
    const local = await start({ args: ['--source', 'demo', '--allowed-origin', 'https://ops.example.com'] })
    for (const target of ['/', '/metrics', '/api/v1/containers', '/api/v1/logs?tail=1', '/api/v1/live']) {
      expect(await asked(local, 'evil.example:8080', target), target).toBe(421)
    }
    for (const host of ['127.0.0.1', 'localhost:1', '[::1]:8080', 'nas', 'nas.local', 'ops.example.com']) expect(await asked(local, host), host).toBe(200)
    const answer = await local.get('/', { headers: { host: 'logs.example.com' } })
    expect(answer.json().detail).toContain('--allowed-host logs.example.com')
    const told = await start({ args: ['--source', 'demo', '--allowed-host', 'logs.example.com'] })
    expect(await asked(told, 'logs.example.com:443')).toBe(200)
    expect(await asked(told, 'evil.example')).toBe(421)
    const any = await start({ args: ['--source', 'demo', '--allowed-host', '*'] })
    expect(await asked(any, 'evil.example')).toBe(200)
    const socket = path.join(newFolder('listen'), 't.sock')
    const behindProxy = await start({ listen: `unix:${socket}`, args: ['--source', 'demo'] })
    expect(await asked(behindProxy, 'logs.example.com')).toBe(200)
  })

  test('a port that is taken stops the start with its number', async () => {
    const server = await start({ args: ['--source', 'demo'] })
    const { host } = new URL(server.url)
    const { code, output } = await runTaffrail(['serve', '--listen', host, '--data', newFolder('data'), '--source', 'demo'])
    expect(code).toBeGreaterThan(0)
    expect(output).toContain(host)
  })
})

describe('on SIGHUP', () => {
  test('it applies what it can and names what needs a restart', async () => {
    const file = path.join(newFolder('config'), 'taffrail.yaml')
    writeFileSync(file, 'source: [demo]\nlog-format: text\n')
    const server = await start({ args: ['--config', file] })
    const all = await eventually('the demo', async () => {
      const containers = await server.containers()
      return containers.length > 5 && containers
    })
    expect(await server.reload()).toMatch(/reload: nothing has changed$/)
    const { name } = all[0]!
    writeFileSync(file, `source: [demo]\ncontainers: name == "${name}"\nallowed-host: [logs.example.com]\nlog-level: debug\n`)
    expect(await server.reload()).toMatch(/reload: containers, allowed-host, log-level, log-format: applied$/)
    expect((await server.containers()).map((container) => container.name)).toEqual([name])
    expect((await server.get('/healthz', { headers: { host: 'logs.example.com' } })).status).toBe(200)
    writeFileSync(file, 'source: [demo]\nbase-path: /new\ncgroup: off\nlog-level: debug\n')
    expect(await server.reload()).toMatch(/reload: containers, allowed-host: applied; cgroup, base-path: changed, but only a restart applies them$/)
    expect((await server.containers()).length).toBe(all.length)
    expect(await server.reload()).toMatch(/reload: cgroup, base-path: changed, but only a restart applies them$/)
    writeFileSync(file, 'source: [demo]\nlog-level: loud\n')
    expect(await server.reload()).toMatch(/log-level: 'loud' is none of .*; everything stays as it was$/)
  })
})

describe('its data directory', () => {
  test('is made with mode 0700, and a second server on it is refused', async () => {
    const data = path.join(newFolder('data'), 'made/by/it')
    const server = await start({ data, args: ['--source', 'demo'] })
    expect(statSync(data).mode & 0o777).toBe(0o700)
    const { code, output } = await runTaffrail(['serve', '--listen', '127.0.0.1:0', '--data', data, '--source', 'demo'])
    expect(code).toBeGreaterThan(0)
    expect(output).toContain(data)
    expect((await server.get('/healthz')).status).toBe(200)
    // A killed server leaves nothing behind that would refuse the next one.
    await server.kill()
    const next = await start({ data, args: ['--source', 'demo'] })
    expect((await next.get('/healthz')).status).toBe(200)
  })
})

describe('its end', () => {
  test('comes within 5 s of SIGTERM, cleanly, with viewers and followers connected', async () => {
    const server = await start({ args: ['--source', 'demo'] })
    const containers = (await eventually('containers', async () => (await server.containers()).length > 3 && server.containers())).map(({ id }) => id)
    const viewers = await Promise.all(Array.from({ length: 10 }, () => server.live()))
    viewers.forEach((live, n) => {
      live.send({ type: 'subscribe', sub: 1, what: 'containers' })
      live.send({ type: 'subscribe', sub: 2, what: 'stats' })
      live.subscribeLogs(3, containers, { stalled: n % 2 === 0 })
    })
    for (const live of viewers) await eventually('lines', () => live.entries(3).length > 0)
    const follower = await server.follow(`/api/v1/containers/${containers[0]}/logs?follow=true`)
    follower.pause()
    await server.stop() // fails after 5 s and for any status but 0
    for (const live of viewers) expect((await eventually('the close', () => live.closed)).code).toBe(1001)
    follower.close()
  })
})

describe('its configuration', () => {
  const refused: [string, string[], RegExp][] = [
    ['an option that is unknown', ['--colour', 'red'], /--colour/],
    ['a source that is unknown', ['--source', 'tealeaves'], /tealeaves/],
    ['an engine address that is none', ['--docker', 'ftp://x'], /ftp:\/\/x/],
    ['a listen address that is none', ['--listen', 'nowhere'], /nowhere/],
    ['a base path without a slash', ['--base-path', 'ops'], /ops/],
    ['a level that is none', ['--log-level', 'loud'], /loud/],
  ]
  test.each(refused)('%s stops the start with a message that names it', async (_, args, message) => {
    const { code, output } = await runTaffrail(['serve', '--data', newFolder('data'), ...args])
    expect(code).toBeGreaterThan(0)
    expect(output).toMatch(message)
  })

  test('a flag beats a variable beats the file', async () => {
    const file = path.join(newFolder('config'), 'taffrail.yaml')
    writeFileSync(file, 'base-path: /from-file\nsource: [demo]\n')
    const args = ['--config', file]
    const env = { TAFFRAIL_BASE_PATH: '/from-variable' }
    for (const options of [{ servedAt: '/from-file' }, { env, servedAt: '/from-variable' }, { env, basePath: '/from-flag' }]) {
      const server = await start({ args, ...options })
      expect((await server.get('/api/v1/info')).status).toBe(200)
    }
  })

  test('an unknown key of the file stops the start with its name and its line', async () => {
    const file = path.join(newFolder('config'), 'taffrail.yaml')
    writeFileSync(file, 'source: [demo]\ncolour: red\n')
    const { code, output } = await runTaffrail(['serve', '--config', file, '--data', newFolder('data')])
    expect(code).toBeGreaterThan(0)
    expect(output).toMatch(/colour/)
    expect(output).toMatch(/2/)
  })
})

describe('its other commands', () => {
  test('version prints one line', async () => {
    const { code, output } = await runTaffrail(['version'])
    expect(code).toBe(0)
    expect(output.trim()).toMatch(/^taffrail \d+\.\d+\.\d+.*$/)
  })

  test('healthcheck tells a ready server from none', async () => {
    const server = await start({ args: ['--source', 'demo'] })
    await eventually('ready', async () => (await server.get('/readyz')).status === 200)
    expect((await runTaffrail(['healthcheck', '--url', server.url])).code).toBe(0)
    await server.stop()
    expect((await runTaffrail(['healthcheck', '--url', server.url])).code).not.toBe(0)
  })
})

test('with no engine present it shows the demo and says so', async () => {
  // Engines are looked for where DOCKER_HOST points; there is none.
  const server = await start({ env: { DOCKER_HOST: `unix://${newFolder('none')}/docker.sock` } })
  const containers = await eventually('containers', async () => (await server.containers()).length > 5 && server.containers())
  expect(containers.every(({ host }) => host === containers[0]!.host)).toBe(true)
  const info = (await server.get('/api/v1/info')).json()
  expect(info.hosts.some((host: { kind: string }) => host.kind === 'demo')).toBe(true)
  expect(server.output).toMatch(/demo/)
})
