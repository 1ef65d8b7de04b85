import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Alerts } from '../fixtures/alerts.ts'
import { DockerEngine } from '../fixtures/docker.ts'
import { newFolder } from '../fixtures/folder.ts'
import { Receiver } from '../fixtures/receiver.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// Disks that fill and engines that go away are told of once, and again when that is over. Disks are looked at every half minute.

const scope = new Scope()
afterAll(() => scope.close())

let engine: DockerEngine
beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
})

async function serve(options: { docker?: string[]; data?: string } = {}) {
  const server = await Server.start({ docker: [engine.url], ...options })
  scope.defer(() => server.stop())
  const alerts = new Alerts(server)
  const receiver = await Receiver.start()
  scope.defer(() => receiver.stop())
  const destination = await eventually('a destination', () => alerts.webhook(receiver.url))
  return { server, alerts, receiver, destination, told: () => receiver.accepted.map((request) => request.json()) }
}

/** A disk of its own, in memory. */
function disk(size: string): string {
  const folder = newFolder('disk')
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  scope.defer(() => void execFileSync('umount', ['--lazy', folder]))
  return folder
}

/** Fills a disk up to this share. */
function fill(folder: string, share: number): void {
  const file = path.join(folder, 'ballast')
  rmSync(file, { force: true })
  const { blocks, bfree, bsize } = statfsSync(folder)
  writeFileSync(file, Buffer.alloc(Math.ceil(blocks * share - (blocks - bfree)) * bsize))
}

test('A disk that a container fills is told of, and that it has room again', { timeout: 180_000 }, async () => {
  const { server, alerts, receiver, destination, told } = await serve()
  const folder = disk('8m')
  fill(folder, 0.5)
  const id = await engine.run(['sleep', '100000'], { name: 'fills', args: ['-v', `${folder}:/data`, '--tmpfs', '/tmp'] })
  const mounts = async () => (await server.container('fills')).stats?.['mounts']
  expect(await eventually('figures of its mount', mounts, 60_000)).toEqual([
    { destination: '/data', total: 8 << 20, free: 4 << 20, available: 4 << 20, used: 4 << 20, percent: 50 },
  ])
  const { series } = await alerts.ask('GET', `/stats?containers=${encodeURIComponent('name == "fills"')}`)
  expect(series[0].mounts[0].percent).toBe(50)
  await alerts.rule({ containers: 'name == "fills"', metric: 'any(mounts, .usedPercent > 85)', message: '{{ stat.mounts[0].destination }} {{ stat.mounts[0].usedPercent }}', cooldown: '0s', destinations: [destination] })
  await engine.docker('exec', id, 'dd', 'if=/dev/zero', 'of=/data/more', 'bs=1M', 'count=3')
  await receiver.until(1, 60_000)
  expect(told()[0]).toMatchObject({ type: 'metric', container: { name: 'fills' }, alert: { state: 'firing', message: '/data 87.5' } })
  expect(told()[0].stat.mounts).toEqual([{ destination: '/data', totalBytes: 8 << 20, freeBytes: 1 << 20, usedBytes: 7 << 20, usedPercent: 87.5, availableBytes: 1 << 20 }])
  await engine.docker('exec', id, 'rm', '/data/more')
  await receiver.until(2, 60_000)
  expect(told()[1].alert.state).toBe('resolved')
  await engine.docker('rm', '-f', id)
})

test('Taffrail tells that its own disk fills, is full and has room again, each once', { timeout: 240_000 }, async () => {
  const folder = disk('32m')
  const data = path.join(folder, 'data')
  mkdirSync(data)
  const { alerts, receiver, destination, told } = await serve({ data })
  await alerts.rule({ event: 'name in ["disk_filling", "disk_full"] and attributes.of == "taffrail"', resolve: 'name == "disk_free"', destinations: [destination] })
  fill(folder, 0.87)
  await receiver.until(1, 60_000)
  expect(told()[0].event).toMatchObject({ name: 'disk_filling', attributes: { path: data } })
  expect(Number(told()[0].event.attributes.usedPercent)).toBeGreaterThan(86)
  fill(folder, 0.96)
  await receiver.until(2, 60_000)
  expect(told()[1].event.name).toBe('disk_full')
  truncateSync(path.join(folder, 'ballast'))
  await receiver.until(3, 60_000)
  expect(told()[2].alert.state).toBe('resolved')
  expect(await alerts.notifications()).toHaveLength(3)
})

test('An engine that is away for a minute is told of, and that it is back', { timeout: 300_000 }, async () => {
  const own = await DockerEngine.start()
  scope.defer(() => own.stop())
  const { alerts, receiver, destination, told } = await serve({ docker: [engine.url, own.url] })
  await eventually('both engines', async () => {
    const { hosts } = await alerts.ask('GET', '/info')
    return hosts.length === 2 && hosts.every((host: { state: string }) => host.state === 'connected')
  })
  const rule = { event: 'name == "host_unreachable"', resolve: 'name == "host_connected"', destinations: [destination] }
  await alerts.rule({ name: 'away', ...rule })
  await own.kill()
  await receiver.until(1, 150_000)
  expect(told()[0]).toMatchObject({ event: { name: 'host_unreachable' }, alert: { state: 'firing' } })
  await own.restart()
  await receiver.until(2, 60_000)
  expect(told()[1].alert.state).toBe('resolved')
  expect(await alerts.notifications()).toHaveLength(2)
})

test('How often a container was started again is known, and its first start is none', async () => {
  const { alerts, receiver, destination, told } = await serve()
  const id = await engine.run(['sleep', '100000'], { name: 'again' })
  await alerts.rule({ containers: 'name == "again"', metric: 'restartsPerHour >= 2', message: '{{ stat.restartsPerHour }}', destinations: [destination] })
  await engine.docker('restart', '-t', '0', id)
  await engine.docker('restart', '-t', '0', id)
  await receiver.until(1)
  expect(told()[0].alert.message).toBe('2')
  await engine.docker('rm', '-f', id)
})

test('A notification that could not be delivered is told of elsewhere', async () => {
  const { alerts, receiver, destination, told } = await serve()
  const dead = await alerts.webhook('http://127.0.0.1:9/none', { name: 'nobody', deadline: '1s' })
  await alerts.rule({ name: 'dead', event: 'name == "destination_dead"', destinations: [destination] })
  const id = await engine.runHeld('echo boom; sleep 100000', { name: 'speaks' })
  const rule = await alerts.rule({ name: 'lines', containers: 'name == "speaks"', log: 'true', destinations: [dead] })
  await eventually('the rule is in force', async () => (await alerts.ask('GET', `/rules/${rule}`)).watched_containers === 1)
  await engine.release(id)
  await receiver.until(1)
  expect(told()[0]).toMatchObject({ rule: { name: 'dead' }, event: { name: 'destination_dead', attributes: { destination: 'nobody' } } })
  expect((await alerts.notifications('&state=dead')).map((one) => one.detail)).toEqual(['boom'])
  await engine.docker('rm', '-f', id)
})
