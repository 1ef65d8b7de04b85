import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Alerts } from '../fixtures/alerts.ts'
import { DockerEngine } from '../fixtures/docker.ts'
import { Receiver } from '../fixtures/receiver.ts'
import { Scope } from '../fixtures/scope.ts'
import { speaker as speakerOn, watching } from '../fixtures/speaker.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually, sleep } from '../fixtures/wait.ts'

// What users of the reference lose alerts by, each as a test of its own. (A fault of one restarts nothing of another.)

const scope = new Scope()
afterAll(() => scope.close())

let engine: DockerEngine
beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
})

async function serve(options: { data?: string; args?: string[] } = {}): Promise<{ server: Server; alerts: Alerts }> {
  const server = await Server.start({ docker: [engine.url], ...options })
  return { server, alerts: new Alerts(server) }
}

let names = 0
const speaker = (args: string[] = []) => speakerOn(engine, args)

describe('A notification', () => {
  test('1: that is refused twice is delivered once', async () => {
    const { server, alerts } = await serve()
    const receiver = await Receiver.start((_, index) => ({ status: index < 2 ? 503 : 200 }))
    const { name, say } = await speaker()
    const destination = await alerts.webhook(receiver.url)
    const rule = await alerts.rule({ containers: `name == "${name}"`, log: 'message contains "boom"', destinations: [destination] })
    await watching(alerts, rule)
    await say('all is well', 'boom 1')
    await receiver.until(1)
    await sleep(1500)
    expect(receiver.received.map((request) => request.status)).toEqual([503, 503, 200])
    expect(new Set(receiver.received.map((request) => request.headers['idempotency-key'])).size).toBe(1)
    const body = receiver.accepted[0]!.json()
    expect(body).toMatchObject({ type: 'log', detail: 'boom 1', container: { name }, log: { message: 'boom 1', stream: 'stdout' }, rule: { id: rule }, alert: { state: 'firing', count: 1, late: false } })
    const [notification] = await alerts.notifications()
    expect(notification).toMatchObject({ rule, detail: 'boom 1', deliveries: [{ destination, state: 'delivered', attempts: 3, status: 200 }] })
    await server.stop()
    await receiver.stop()
  })

  test('2: of twenty alerts while the receiver is down comes when it is back, in order', async () => {
    const { server, alerts } = await serve()
    const receiver = await Receiver.start()
    const { name, say } = await speaker()
    const destination = await alerts.webhook(receiver.url)
    const rule = await alerts.rule({ containers: `name == "${name}"`, log: 'message startsWith "boom"', destinations: [destination] })
    await watching(alerts, rule)
    await receiver.down()
    const lines = Array.from({ length: 20 }, (_, i) => `boom ${i}`)
    await say(...lines)
    await eventually('all are waiting', async () => (await alerts.notifications('&state=pending')).length === 20)
    await sleep(4000)
    await receiver.up()
    await receiver.until(20)
    expect(receiver.accepted.map((request) => request.json().detail)).toEqual(lines)
    await server.stop()
    await receiver.stop()
  })

  test('3: outlives kill -9 between match and delivery', async () => {
    const receiver = await Receiver.start(() => 'silence')
    const { name, say } = await speaker()
    const first = await serve()
    const destination = await first.alerts.webhook(receiver.url)
    const rule = await first.alerts.rule({ containers: `name == "${name}"`, log: 'message contains "boom"', destinations: [destination] })
    await watching(first.alerts, rule)
    await say('boom before the end')
    await eventually('it is on its way', () => receiver.received.length === 1)
    await first.server.kill()
    receiver.behave(() => ({ status: 200 }))
    const second = await serve({ data: first.server.data })
    await receiver.until(1)
    await sleep(1000)
    expect(receiver.accepted.map((request) => request.json().detail)).toEqual(['boom before the end'])
    expect(new Set(receiver.received.map((request) => request.headers['idempotency-key'])).size).toBe(1)
    await second.server.stop()
    await receiver.stop()
  })

  test('4: is not held up by a destination that hangs', async () => {
    const { server, alerts } = await serve()
    const hangs = await Receiver.start(() => 'silence')
    const healthy = await Receiver.start()
    const { name, say } = await speaker()
    const a = await alerts.webhook(hangs.url)
    const b = await alerts.webhook(healthy.url)
    const mine = `name == "${name}"`
    const first = await alerts.rule({ containers: mine, log: 'message startsWith "a"', destinations: [a] })
    const second = await alerts.rule({ containers: mine, log: 'message startsWith "b"', destinations: [b] })
    await watching(alerts, first)
    await watching(alerts, second)
    await say(...Array.from({ length: 10 }, (_, i) => `a ${i}`))
    await eventually('A hangs', () => hangs.received.length > 0)
    await say('b')
    const [request] = await healthy.until(1)
    expect(request!.at - request!.json().log.timestamp).toBeLessThan(1000)
    await server.stop()
    await hangs.stop()
    await healthy.stop()
  })
})

describe('A rule', () => {
  test('7, 8: may ask for the host, and for what becomes of a container', async () => {
    const { server, alerts } = await serve()
    const receiver = await Receiver.start()
    const check = ['--health-cmd', '[ ! -e /tmp/ill ]', '--health-interval', '1s', '--health-retries', '1']
    const { id, name, say } = await speaker(check)
    const destination = await alerts.webhook(receiver.url)
    const host = (await alerts.ask('GET', '/info')).hosts[0].name
    const byHost = await alerts.rule({ name: 'host', containers: `hostName == "${host}" and name == "${name}"`, log: 'message contains "one"', destinations: [destination] })
    const byHealth = await alerts.rule({ name: 'health', containers: `health == "unhealthy" and name == "${name}"`, log: 'message contains "two"', destinations: [destination] })
    await watching(alerts, byHost)
    expect((await alerts.ask('GET', `/rules/${byHealth}`)).watched_containers).toBe(0)
    await say('one', 'two')
    await receiver.until(1)
    await engine.docker('exec', id, 'touch', '/tmp/ill')
    await watching(alerts, byHealth)
    await say('two, and ill')
    await receiver.until(2)
    expect(receiver.accepted.map((request) => [request.json().rule.name, request.json().detail])).toEqual([['host', 'one'], ['health', 'two, and ill']])
    await server.stop()
    await receiver.stop()
  })

  test('9: finds its line in a stream that never pauses', async () => {
    const { server, alerts } = await serve()
    const receiver = await Receiver.start()
    const name = `steady-${++names}`
    const id = await engine.runHeld('i=0; while [ $i -lt 800 ]; do i=$((i+1)); if [ $i = 300 ]; then echo "INFO needle"; else echo "INFO line $i"; fi; usleep 10000; done; sleep 1000', { name })
    const destination = await alerts.webhook(receiver.url)
    const rule = await alerts.rule({ containers: `name == "${name}"`, log: 'message contains "needle"', destinations: [destination] })
    await watching(alerts, rule)
    await engine.release(id)
    const [request] = await receiver.until(1)
    expect(request!.at - request!.json().log.timestamp).toBeLessThan(1000)
    await server.stop()
    await receiver.stop()
  })

  test('15: has its time in any layout, and what it does not have as nothing', async () => {
    const { server, alerts } = await serve()
    const receiver = await Receiver.start()
    const dated = await alerts.webhook(receiver.url, { name: 'dated', template: '{"t":"{{ .Timestamp.Format \\"2006\\" }}"}' })
    const told = await alerts.webhook(receiver.url, { name: 'told', template: '{"log":"{{ .Log.Message }}","of":"{{ .Container.Name }}","cpu":"{{ .Stat.CPUPercent }}"}' })
    const { name, say } = await speaker()
    const containers = `name == "${name}"`
    const rule = await alerts.rule({ containers, log: 'message == "dated"', destinations: [dated] })
    await watching(alerts, rule)
    await say('dated')
    expect((await receiver.until(1))[0]!.json()).toEqual({ t: String(new Date().getUTCFullYear()) })
    await alerts.rule({ containers, metric: 'pids >= 1', for: '1s', cooldown: '1h', destinations: [told] })
    const [, metric] = await receiver.until(2)
    expect(metric!.json()).toEqual({ log: '', of: name, cpu: expect.stringMatching(/^[0-9.]+$/) })
    await server.stop()
    await receiver.stop()
  })

  test('16, 17, 18: that cannot be is refused with a clear message', async () => {
    const { server, alerts } = await serve()
    const refusal = async (method: string, path: string, body?: unknown) => {
      const answer = await server.get(`/api/v1${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
      return [answer.status, answer.json().detail]
    }
    expect(await refusal('POST', '/rules', { name: 'x', metric: 'cpu' })).toEqual([400, expect.stringContaining('metric')])
    expect(await refusal('PUT', '/rules/4711', { name: 'x', log: 'true' })).toEqual([404, expect.stringContaining('4711')])
    expect(await refusal('DELETE', '/rules/4711')).toEqual([404, expect.stringContaining('4711')])
    const rule = await alerts.rule({ log: 'level == "error"' })
    expect(await refusal('PATCH', `/rules/${rule}`, { containers: '' })).toEqual([400, expect.stringContaining('containers')])
    // 17: a range is of whole numbers, so asking a measure for it is a mistake.
    expect(await refusal('POST', '/rules', { name: 'x', metric: 'cpu in 90..100' })).toEqual([400, expect.stringMatching(/metric.*>=.*<=|metric.*range/s)])
    const answer = await server.get('/api/v1/rules', { method: 'POST', body: JSON.stringify({ name: 'x', log: 'mesage contains "a"' }) })
    expect(answer.json()).toMatchObject({ status: 400, line: 1, column: 1 })
    expect(answer.json().detail).toContain('message')
    await server.stop()
  })

  test('19: with a cooldown of nothing keeps it', async () => {
    const { server, alerts } = await serve()
    const rule = await alerts.rule({ metric: 'cpu > 90', cooldown: '0s' })
    expect((await alerts.ask('GET', `/rules/${rule}`)).cooldown).toBe('0s')
    expect((await alerts.ask('PATCH', `/rules/${rule}`, { severity: 'critical' })).cooldown).toBe('0s')
    await server.stop()
  })

  test('11: changed by a hundred at once has every change', async () => {
    const { server, alerts } = await serve()
    const rules = [await alerts.rule({ log: 'level == "error"' }), await alerts.rule({ log: 'level == "warn"' })]
    await Promise.all(Array.from({ length: 100 }, (_, i) => alerts.ask('PATCH', `/rules/${rules[i % 2]}`, { labels: { [`k${i}`]: 'x' } })))
    await server.kill()
    const again = await serve({ data: server.data })
    for (const rule of rules) {
      const kept = await eventually('the rules are read', () => again.alerts.ask('GET', `/rules/${rule}`))
      expect(Object.keys(kept.labels)).toHaveLength(50)
      expect(kept.version).toBe(51)
      expect((await again.alerts.ask('GET', `/rules/${rule}/versions`)).versions).toHaveLength(51)
    }
    await again.server.stop()
  })

  test('11: keeps every change that was answered when it is killed in the middle of saving', async () => {
    let { server, alerts } = await serve()
    const rule = await alerts.rule({ log: 'level == "error"' })
    const answered: string[] = []
    let asked = 0
    for (let round = 0; round < 8; round += 1) {
      const change = async (key: string) => {
        const answer = await server.get(`/api/v1/rules/${rule}`, { method: 'PATCH', body: JSON.stringify({ labels: { [key]: 'x' } }) })
        if (answer.status === 200) answered.push(key)
        else throw new Error(`${answer.status} ${answer.text}`)
      }
      const before = answered.length
      const changes = Array.from({ length: 7 }, () => change(`k${++asked}`).catch((error: unknown) => error))
      // After another number of answers each time: the rest are on their way, or on the disk's.
      await eventually('some answers', () => answered.length >= before + (round % 5), 10_000, 1)
      await server.kill()
      await Promise.all(changes)
      ;({ server, alerts } = await serve({ data: server.data }))
      const kept = await eventually('the rules are read', () => alerts.ask('GET', `/rules/${rule}`))
      const labels = Object.keys(kept.labels ?? {})
      expect(labels).toEqual(expect.arrayContaining(answered))
      // Each change is there with its version, or not at all.
      expect(kept.version).toBe(labels.length + 1)
      const { versions } = await alerts.ask('GET', `/rules/${rule}/versions`)
      expect(versions.map((version: any) => version.version)).toEqual(Array.from({ length: kept.version }, (_, i) => kept.version - i))
      expect(versions[0].rule.labels ?? {}).toEqual(kept.labels ?? {})
    }
    expect(answered.length).toBeLessThan(asked)
    await server.stop()
  })

  test('12: and a destination never get an id that another one had', async () => {
    const { server, alerts } = await serve()
    const first = await alerts.webhook('http://127.0.0.1:9/a')
    await alerts.ask('DELETE', `/destinations/${first}`, undefined, 204)
    const rule = await alerts.rule({ log: 'true' })
    await alerts.ask('DELETE', `/rules/${rule}`, undefined, 204)
    await server.stop()
    const again = await serve({ data: server.data })
    await eventually('the rules are read', () => again.alerts.ask('GET', '/rules'))
    expect(await again.alerts.webhook('http://127.0.0.1:9/b')).toBeGreaterThan(first)
    expect(await again.alerts.rule({ log: 'true' })).toBeGreaterThan(rule)
    await again.server.stop()
  })
})

describe('Lines', () => {
  test('that are written while nobody looks are told of later, once', async () => {
    const receiver = await Receiver.start()
    const { name, say } = await speaker()
    const first = await serve()
    const destination = await first.alerts.webhook(receiver.url)
    const rule = await first.alerts.rule({ containers: `name == "${name}"`, log: 'message contains "boom"', destinations: [destination] })
    await watching(first.alerts, rule)
    await say('boom 1')
    await receiver.until(1)
    await first.server.stop()
    await say('boom 2', 'quiet', 'boom 3')
    const short = await engine.docker('run', '--network', 'none', '--name', `late-${name}`, '-d', 'taffrail/busybox:1', 'sh', '-c', 'echo no boom here')
    expect(short).not.toBe('')
    const second = await serve({ data: first.server.data })
    await receiver.until(3)
    await say('boom 4')
    await receiver.until(4)
    await second.server.kill()
    const third = await serve({ data: first.server.data })
    await say('boom 5')
    await receiver.until(5)
    await sleep(1000)
    // What was under way at the kill may come twice, under one name.
    const once = new Map(receiver.accepted.map((request) => [request.headers['idempotency-key'], request.json()]))
    expect(receiver.accepted.filter((request) => request.json().detail === 'boom 1')).toHaveLength(1)
    expect([...once.values()].map((body) => [body.detail, body.alert.late])).toEqual([
      ['boom 1', false],
      ['boom 2', true],
      ['boom 3', true],
      ['boom 4', false],
      ['boom 5', false],
    ])
    await third.server.stop()
    await receiver.stop()
  })
})

describe('Events', () => {
  test('5: come again after a restart of the engine, and a container that removes itself has its say', async () => {
    const own = await DockerEngine.start()
    const server = await Server.start({ docker: [own.url] })
    const alerts = new Alerts(server)
    const receiver = await Receiver.start()
    const destination = await alerts.webhook(receiver.url)
    await alerts.rule({ event: 'name == "die" and attributes.exitCode != "0"', destinations: [destination] })
    await own.docker('run', '--rm', '--network', 'none', '--name', 'short', 'taffrail/busybox:1', 'sh', '-c', 'exit 3').catch(() => {})
    await receiver.until(1)
    expect(receiver.accepted[0]!.json()).toMatchObject({ type: 'event', detail: 'container event: die (exit code 3)', container: { name: 'short' }, event: { name: 'die', attributes: { exitCode: '3' } } })
    await own.kill()
    await sleep(500)
    await own.restart()
    await eventually('the engine is connected again', async () => (await alerts.ask('GET', '/info')).hosts[0].state === 'connected')
    await own.run(['sh', '-c', 'exit 7'], { name: 'after' })
    await receiver.until(2)
    expect(receiver.accepted[1]!.json()).toMatchObject({ container: { name: 'after' }, event: { attributes: { exitCode: '7' } } })
    await server.stop()
    await own.stop()
    await receiver.stop()
  })
})

test('A container that loops is told of once, with its count', async () => {
  const { server, alerts } = await serve()
  const receiver = await Receiver.start()
  const destination = await alerts.webhook(receiver.url)
  const name = `loop-${++names}`
  await alerts.rule({ containers: `name == "${name}"`, event: 'name == "die"', count: { over: 3, in: '5m' }, cooldown: '10m', destinations: [destination] })
  await engine.run(['sh', '-c', 'exit 1'], { name, args: ['--restart', 'always'] })
  const [request] = await receiver.until(1, 90_000)
  expect(request!.json().alert.count).toBe(4)
  await sleep(3000)
  expect(receiver.accepted).toHaveLength(1)
  expect(await alerts.alerts('&state=firing')).toHaveLength(1)
  await engine.docker('rm', '-f', name)
  await server.stop()
  await receiver.stop()
})

test('A metric that holds is told of, and when it is over', async () => {
  const { server, alerts } = await serve()
  const receiver = await Receiver.start()
  const destination = await alerts.webhook(receiver.url)
  const name = `busy-${++names}`
  const id = await engine.run(['sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do tail -f /dev/null & done; while true; do sleep 1; done'], { name })
  await alerts.rule({ containers: `name == "${name}"`, metric: 'pids > 5', for: '3s', cooldown: '0s', destinations: [destination] })
  await receiver.until(1)
  expect(receiver.accepted[0]!.json()).toMatchObject({ type: 'metric', container: { name }, alert: { state: 'firing' } })
  expect(receiver.accepted[0]!.json().stat.memoryUsage).toBeGreaterThan(0)
  await engine.docker('exec', id, 'killall', 'tail')
  await receiver.until(2)
  expect(receiver.accepted[1]!.json().alert).toMatchObject({ state: 'resolved' })
  expect(await alerts.alerts('&state=resolved')).toHaveLength(1)
  await engine.docker('rm', '-f', id)
  await server.stop()
  await receiver.stop()
})

test('What is silenced is kept and told to nobody; what is acknowledged is not escalated', async () => {
  const { server, alerts } = await serve()
  const receiver = await Receiver.start()
  const boss = await Receiver.start()
  const { name, say } = await speaker()
  const destination = await alerts.webhook(receiver.url)
  const escalate = { after: '3s', destinations: [await alerts.webhook(boss.url)] }
  const rule = await alerts.rule({ containers: `name == "${name}"`, log: 'message startsWith "boom"', by: ['message'], destinations: [destination], escalate })
  await watching(alerts, rule)
  await alerts.ask('POST', '/silences', { filter: 'detail contains "quiet"', until: '1h', comment: 'known' })
  await say('boom quiet', 'boom seen', 'boom unseen')
  await receiver.until(2)
  const fired = await eventually('the alerts', async () => {
    const all = await alerts.alerts()
    return all.length === 3 ? all : undefined
  })
  const seen = fired.find((alert) => alert.notification.detail === 'boom seen')
  await alerts.ask('POST', `/alerts/${seen.id}/acknowledge`, { author: 'somebody', comment: 'on it' }, 204)
  await boss.until(1)
  await sleep(1500)
  expect(boss.accepted.map((request) => request.json().detail)).toEqual(['nobody has acknowledged: boom unseen'])
  expect(receiver.accepted.map((request) => request.json().detail)).toEqual(['boom seen', 'boom unseen'])
  expect((await alerts.alerts('&state=silenced')).map((alert) => alert.notification.detail)).toEqual(['boom quiet'])
  expect((await alerts.alerts('&state=acknowledged'))[0]).toMatchObject({ author: 'somebody', comment: 'on it' })
  await server.stop()
  await receiver.stop()
  await boss.stop()
})

test('A page of another site cannot make a rule', async () => {
  const { server } = await serve()
  const answer = await server.get('/api/v1/rules', { method: 'POST', body: '{"name":"x","log":"true"}', headers: { origin: 'http://evil.example', 'content-type': 'text/plain' } })
  expect(answer.status).toBe(403)
  await server.stop()
})
