import { afterAll, beforeAll, expect, test } from 'vitest'

import { Alerts } from '../fixtures/alerts.ts'
import { newFolder } from '../fixtures/folder.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// What a page is told of alerts over its live connection, instead of asking.

const scope = new Scope()
afterAll(() => scope.close())

let data: string
let server: Server
let alerts: Alerts
beforeAll(async () => {
  data = newFolder('live')
  server = await Server.start({ data, args: ['--source', 'demo'] })
  scope.defer(() => server.stop())
  alerts = new Alerts(server)
})

/** The alerts as a connection knows them, by number. */
function known(messages: any[]): Map<number, any> {
  const all = new Map<number, any>()
  for (const { type, snapshot, alerts, over } of messages) {
    if (type !== 'alerts') continue
    if (snapshot) all.clear()
    for (const alert of alerts) all.set(alert.id, alert)
    for (const id of over ?? []) all.delete(id)
  }
  return all
}
const listed = async () => {
  const standing = (await alerts.alerts()).filter(({ state }) => state !== 'resolved')
  return new Map(standing.map(({ notification: _, ...alert }) => [alert.id, alert]))
}

test('What fires, what changes of it and each notification is told as it is written, and is what the lists say', async () => {
  const live = await server.live()
  live.send({ type: 'subscribe', sub: 1, what: 'notifications' })
  await eventually('the snapshot', () => live.messages.some(({ type, snapshot, alerts }) => type === 'alerts' && snapshot && alerts.length === 0))
  const rule = await alerts.rule({ name: 'lines', log: 'true', cooldown: '1h', message: 'said by {{ container.name }}' })
  const told = await eventually('notifications', () => {
    const all = live.messages.filter(({ type }) => type === 'notification')
    return all.length >= 5 ? all.map(({ notification }) => notification) : undefined
  }, 30_000)
  const first = told[0]
  expect(first).toMatchObject({ kind: 'fired', rule, rule_name: 'lines', state: 'firing', message: `said by ${first.container_name}` })
  const found = await alerts.notifications(`&rule=${rule}`)
  for (const each of told) {
    const { deliveries: _, detail, ...rest } = found.find(({ id }) => id === each.id)
    expect({ ...rest, detail: detail.slice(0, each.detail.length) }).toEqual(each)
  }
  await alerts.ask('POST', `/alerts/${first.alert}/acknowledge`, { author: 'Ada', comment: 'mine' }, 204)
  await eventually('word of it', () => known(live.messages).get(first.alert)?.state === 'acknowledged')
  expect(known(live.messages).get(first.alert)).toMatchObject({ author: 'Ada', comment: 'mine' })
  await eventually('what the lists say', async () => {
    expect(known(live.messages)).toEqual(await listed())
    return true
  })
  // A second page begins with all of it, and one that goes is no harm to the other.
  const second = await server.live()
  second.send({ type: 'subscribe', sub: 7, what: 'notifications' })
  await eventually('the snapshot', () => known(second.messages).get(first.alert)?.state === 'acknowledged')
  second.send({ type: 'unsubscribe', sub: 7 })
  await eventually('its end', () => second.messages.some(({ type, sub }) => type === 'closed' && sub === 7))
  await alerts.ask('DELETE', `/rules/${rule}`, undefined, 204)
  await eventually('the end of all', () => known(live.messages).size === 0)
  expect(known(second.messages).size).toBeGreaterThan(0)
  live.close()
  second.close()
})

test('A page that was there before the alerts were read is told of them, and a server without alerts says so', async () => {
  await alerts.rule({ name: 'again', log: 'true', cooldown: '1h' })
  await eventually('alerts', async () => (await alerts.alerts('&state=firing')).length >= 3, 30_000)
  await server.kill()
  server = await Server.start({ data, args: ['--source', 'demo'] })
  alerts = new Alerts(server)
  const live = await server.live()
  live.send({ type: 'subscribe', sub: 1, what: 'notifications' })
  await eventually('what fired before', () => known(live.messages).size >= 3)
  live.close()
})
