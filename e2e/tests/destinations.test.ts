import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Alerts } from '../fixtures/alerts.ts'
import { newFolder } from '../fixtures/folder.ts'
import { request } from '../fixtures/http.ts'
import { Program } from '../fixtures/program.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// Servers as people run them: a mail server with TLS, Debian's Alertmanager, a program of one's own.

const scope = new Scope()
afterAll(() => scope.close())

const folder = newFolder('destinations')
const key = path.join(folder, 'key.pem')
const certificate = path.join(folder, 'cert.pem')

let server: Server
let alerts: Alerts
beforeAll(async () => {
  const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', certificate]
  await promisify(execFile)('openssl', make)
  server = await Server.start({ args: ['--source', 'demo', '--allow-commands', 'on'] })
  scope.defer(() => server.stop())
  alerts = new Alerts(server)
  await eventually('alerts are read', () => alerts.ask('GET', '/rules'))
})

interface Mail {
  from: string
  to: string[]
  secure: boolean
  user: string
  text: string
}

/** A mail server that keeps what it is given. */
async function mailServer(options: SMTPServerOptions): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = []
  const smtp = new SMTPServer({
    key: readFileSync(key),
    cert: readFileSync(certificate),
    closeTimeout: 1000, // the server keeps its connections for a while
    onAuth: ({ username, password }, _, done) => (password === 'correct horse' ? done(null, { user: username ?? '' }) : done(new Error('535 no such user'))),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), secure: session.secure, user: String(session.user ?? ''), text: Buffer.concat(chunks).toString() })
        done()
      })
    },
    ...options,
  })
  smtp.on('error', () => {}) // of clients that leave; what matters shows in what they are told
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()))
  scope.defer(() => new Promise<void>((resolve) => smtp.close(() => resolve())))
  return { port: (smtp.server.address() as AddressInfo).port, mails }
}

const mail = (port: number, more: object) => ({ name: `mail ${port}`, type: 'email', host: 'localhost', port, from: 'Taffrail <ops@example.org>', to: ['on-call@example.org', 'Two <two@example.org>'], ca: readFileSync(certificate, 'utf8'), ...more })

describe('Mail', () => {
  for (const [security, secure] of [['starttls', false], ['tls', true]] as const) {
    test(`over ${security}, with a login`, async () => {
      const { port, mails } = await mailServer({ secure })
      const told = await alerts.ask('POST', '/destinations/test', mail(port, { security, username: 'ops', password: 'correct horse' }), 200)
      expect(told.attempts.map((attempt: any) => [attempt.type, attempt.outcome, attempt.error])).toEqual([['log', 'delivered', null], ['metric', 'delivered', null], ['event', 'delivered', null]])
      expect(mails).toHaveLength(3)
      expect(mails[0]).toMatchObject({ from: 'ops@example.org', to: ['on-call@example.org', 'two@example.org'], secure: true, user: 'ops' })
      expect(mails[0]!.text).toMatch(/^Subject: .*A test from Taffrail/m)
      expect(mails[0]!.text).toContain('multipart/alternative')
      expect(mails[0]!.text).not.toContain('<&>') // in the part that is HTML it is escaped, and the rest is encoded or plain text
    })
  }

  test('is not sent where the password is wrong, or nobody can be trusted', async () => {
    const { port, mails } = await mailServer({})
    const wrong = await alerts.ask('POST', '/destinations/test', mail(port, { username: 'ops', password: 'wrong' }), 200)
    expect(wrong.attempts[0].outcome).not.toBe('delivered')
    expect(JSON.stringify(wrong)).not.toContain('wrong"')
    const unknown = await alerts.ask('POST', '/destinations/test', mail(port, { ca: '', username: 'ops', password: 'correct horse' }), 200)
    expect(unknown.attempts[0].outcome).not.toBe('delivered')
    expect(unknown.attempts[0].error).toMatch(/certificate/i)
    expect(mails).toEqual([])
  })
})

test('Alertmanager knows of an alert when it fires, and that it is over', async () => {
  const data = newFolder('alertmanager')
  const free = await new Promise<number>((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
  const configuration = path.join(data, 'config.yml')
  await promisify(execFile)('sh', ['-c', `printf 'route: {receiver: none}\\nreceivers: [{name: none}]\\n' > ${configuration}`])
  const manager = new Program('prometheus-alertmanager', [`--config.file=${configuration}`, `--storage.path=${data}`, `--web.listen-address=127.0.0.1:${free}`, '--cluster.listen-address='], {})
  scope.defer(async () => void (await manager.stop('SIGTERM', 10_000)))
  const address = { host: '127.0.0.1', port: free }
  await eventually('Alertmanager is ready', async () => (await request(address, '/-/ready')).status === 200)
  const destination = (await alerts.ask('POST', '/destinations', { name: 'manager', type: 'alertmanager', url: `http://127.0.0.1:${free}` })).id
  const rule = await alerts.rule({ name: 'running', containers: 'project == "shop"', metric: 'memory >= 0', for: '1s', labels: { team: 'shop' }, severity: 'critical', destinations: [destination] })
  const active = async () => (await request(address, '/api/v2/alerts?active=true')).json()
  const known = await eventually('an alert', async () => ((await active()).length > 0 ? active() : undefined))
  expect(known[0]).toMatchObject({ labels: { alertname: 'running', severity: 'critical', team: 'shop' }, status: { state: 'active' } })
  await alerts.ask('PATCH', `/rules/${rule}`, { enabled: false })
  expect((await alerts.notifications(`&destination=${destination}&state=dead`)).length).toBe(0)
})

test('A command gets the notification as JSON, and is no shell', async () => {
  const out = path.join(folder, 'told.json')
  const told = await alerts.ask('POST', '/destinations/test', { name: 'own', type: 'command', command: ['/bin/sh', '-c', `cat >> "$1"`, 'sh', out] }, 200)
  expect(told.attempts.map((attempt: any) => attempt.outcome)).toEqual(['delivered', 'delivered', 'delivered'])
  expect(readFileSync(out, 'utf8')).toContain('payment of order 4711')
  const off = await Server.start({ args: ['--source', 'demo'] })
  const refused = await new Alerts(off).ask('POST', '/destinations/test', { name: 'own', type: 'command', command: ['/bin/true'] }, 200)
  expect(refused.attempts[0]).toMatchObject({ outcome: 'refused', error: expect.stringContaining('allow-commands') })
  await off.stop()
})

test('Nothing is sent to this machine and its neighbours where that is not allowed, and never to metadata services', async () => {
  const strict = await Server.start({ args: ['--source', 'demo', '--allow-private-destinations', 'off'] })
  const own = new Alerts(strict)
  for (const url of ['http://127.0.0.1:9/x', 'http://[::1]:9/x', 'http://localhost:9/x', 'http://10.0.0.1/x', 'http://169.254.169.254/latest']) {
    const told = await own.ask('POST', '/destinations/test', { name: 'x', type: 'webhook', url }, 200)
    expect(told.attempts[0]).toMatchObject({ outcome: 'refused' })
  }
  await strict.stop()
  const told = await alerts.ask('POST', '/destinations/test', { name: 'x', type: 'webhook', url: 'http://169.254.169.254/latest' }, 200)
  expect(told.attempts[0]).toMatchObject({ outcome: 'refused' })
})

test('Secrets are never shown, and are kept when they come back hidden', async () => {
  const made = await alerts.ask('POST', '/destinations', { name: 'secret', type: 'slack', url: 'http://127.0.0.1:9/services/T/B/topsecret' })
  expect(JSON.stringify(made)).not.toContain('topsecret')
  const kept = await alerts.ask('PUT', `/destinations/${made.id}`, { name: 'renamed', type: 'slack', url: '***' }, 200)
  expect(kept).toMatchObject({ name: 'renamed', url: '***' })
  expect(readFileSync(path.join(server.data, 'alerts.db')).includes('topsecret')).toBe(false)
  expect(JSON.stringify(await alerts.ask('GET', '/destinations'))).not.toContain('topsecret')
})
