import { afterAll, beforeAll, expect, test } from 'vitest'

import { violations } from '../fixtures/axe.ts'
import { Tabs } from '../fixtures/browser.ts'
import { DockerEngine } from '../fixtures/docker.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

// The page of one container, and the table of all: with a real engine.

const scope = new Scope()
afterAll(() => scope.close())
let engine: DockerEngine
let server: Server
let tabs: Tabs

beforeAll(async () => {
  engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  await engine.run(['sh', '-c', 'while :; do sleep 1; done'], { name: 'described', labels: { team: 'red' }, args: ['--env', 'SECRET=hunter2', '--env', 'PLAIN=a b', '--volume', '/usr/share:/there:ro', '--workdir', '/tmp', '--memory', '64m'] })
  await engine.run(['sh', '-c', 'exit 3'], { name: 'failed', labels: { team: 'blue' } })
  for (let i = 1; i <= 4; i += 1) await engine.run(['sleep', '1000'], { name: `row-${i}`, labels: { team: i % 2 ? 'red' : 'blue' } })
})

test.each([true, false])('a container’s page has its figures and its set-up, and values of its environment only when asked (dark: %s)', async (dark) => {
  const { page, complaints } = await tabs.open(`${server.url}/logs/described`, { dark })
  await page.getByRole('link', { name: 'described' }).first().click()
  await page.getByRole('heading', { name: 'Mounts' }).waitFor()
  const row = page.getByRole('row').filter({ hasText: '/there' })
  expect(await row.innerText()).toMatch(/\/there\s+\/usr\/share\s+bind\s+read only/)
  await page.getByText('64 MiB').first().waitFor()
  await page.getByText('/tmp', { exact: true }).waitFor()
  await eventually('figures', async () => (await page.getByText('Processes and threads').count()) > 0, 30_000)
  expect(await page.content()).not.toContain('hunter2')
  await page.getByRole('button', { name: 'Show the value of SECRET' }).click()
  await page.getByText('hunter2').waitFor()
  await page.getByRole('button', { name: 'Hide the value of SECRET' }).click()
  expect(await page.content()).not.toContain('hunter2')
  expect(await violations(page)).toEqual([])
  expect(complaints).toEqual([])
  // The values are nowhere but in that answer.
  expect(server.output).not.toContain('hunter2')
})

test('the set-up route tells values to who asks for them, and refuses anything else', async () => {
  const { id } = (await server.containers()).find(({ name }) => name === 'described')!
  const hidden = (await server.get(`/api/v1/containers/${id}/setup`)).json()
  expect(hidden.environment.find((variable: { name: string }) => variable.name === 'PLAIN')).toEqual({ name: 'PLAIN', value: null })
  const shown = (await server.get(`/api/v1/containers/${id}/setup?values=shown`)).json()
  expect(shown.environment.find((variable: { name: string }) => variable.name === 'PLAIN')).toEqual({ name: 'PLAIN', value: 'a b' })
  expect((await server.get(`/api/v1/containers/${id}/setup?values=all`)).status).toBe(400)
  expect((await server.get('/api/v1/containers/nobody/setup')).status).toBe(404)
})

test('the table puts trouble first, groups by a label, and takes several by their range and all at once', async () => {
  const { page, complaints } = await tabs.open(`${server.url}/`)
  const rows = page.getByRole('table').getByRole('row')
  await page.getByRole('link', { name: 'row-4' }).waitFor()
  await page.getByRole('button', { name: 'View', exact: true }).click()
  await page.getByRole('combobox', { name: 'Group' }).selectOption('label')
  await page.getByRole('combobox', { name: 'Label' }).fill('team')
  await page.keyboard.press('Tab')
  await page.getByRole('checkbox', { name: 'Image' }).uncheck()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /containers of blue/ }).waitFor()
  const texts = (await rows.allInnerTexts()).map((text) => text.split('\n').find((part) => part.trim())?.trim())
  expect(texts.filter((text) => ['Need a look', 'failed', 'blue', 'red'].includes(text ?? ''))).toEqual(['Need a look', 'failed', 'blue', 'red'])
  expect(await page.getByRole('columnheader', { name: 'Image' }).count()).toBe(0)
  await page.getByRole('checkbox', { name: 'Select row-2' }).click()
  await page.getByRole('checkbox', { name: 'Select row-1' }).click({ modifiers: ['Shift'] })
  expect(await page.getByText('4 selected').or(page.getByText('3 selected')).count()).toBe(1)
  await page.getByRole('checkbox', { name: 'Select all' }).click()
  await page.getByText('6 selected').waitFor()
  await page.getByRole('checkbox', { name: 'Select all' }).click()
  await page.getByText(/selected/).waitFor({ state: 'detached' })
  expect(await violations(page)).toEqual([])
  expect(complaints).toEqual([])
})
