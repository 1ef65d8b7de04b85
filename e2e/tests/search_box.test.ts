import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { Tabs } from '../fixtures/browser.ts'
import { ROOT, newFolder } from '../fixtures/folder.ts'
import { TaffrailPage } from '../fixtures/page.ts'
import { Scope } from '../fixtures/scope.ts'
import { Server } from '../fixtures/taffrail.ts'

// The log and the texts of src/expr/search_texts_test.cpp, typed into the page.
interface Row {
  line?: string
  typed?: string
  taken?: string
  found?: number[]
}
const rows = readFileSync(path.join(ROOT, 'src/expr/search_texts.jsonl'), 'utf8').trim().split('\n').map((row) => JSON.parse(row) as Row)
const log = rows.flatMap(({ line }) => (line === undefined ? [] : [line]))
// Of the others the table states what this log leaves to the server (levels, and the kinds of lines), or the editor adds the other half to a
// bracket or quote that is typed alone.
const typed = rows.filter(({ typed: text, found }) => text !== undefined && found !== undefined && !/^((level|type|kind|stream|-kind|host|id)\b|[("'`[{]$)/.test(text))

const scope = new Scope()
afterAll(() => scope.close())

let server: Server
let tabs: Tabs

beforeAll(async () => {
  const folder = newFolder('logs')
  writeFileSync(path.join(folder, 'quay.log'), log.map((line) => `${line}\n`).join(''))
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
})

test('what is typed into the box finds the lines that hold it, and the box says what it was taken for', { timeout: 600_000 }, async () => {
  const { page, complaints } = await tabs.open(server.url)
  const ui = new TaffrailPage(page)
  const [container] = await server.containers()
  await ui.openLog(container!.name)
  // As they were written, for they are looked for by what the file has.
  await page.keyboard.press('r')
  const taken = page.locator('[data-taken]')
  expect(typed.length).toBeGreaterThan(200)
  for (const { typed: text, taken: word, found } of typed) {
    await page.keyboard.press('Escape')
    await page.locator('body').click({ position: { x: 2, y: 2 } })
    await page.keyboard.press('/')
    await page.keyboard.insertText(text!)
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('button', { name: 'Apply' }).waitFor({ state: 'hidden' })
    // The word is the table's, but for the sake of people's eyes on two.
    const shown = { number: 'whole number', several: 'several terms' }[word!] ?? word!
    expect(await taken.textContent(), text).toBe(shown)
    const filter = new URL(page.url()).searchParams.get('filter')!
    const lines = await server.lines(`/api/v1/containers/${encodeURIComponent(container!.id)}/logs?${new URLSearchParams({ filter })}`)
    const texts = lines.filter((line) => line.seq).map((line) => line.text)
    expect(texts, `${text} means ${filter}`).toEqual(found!.map((place) => log[place]))
    if (found!.length > 0) await ui.log.getByText(log[found![0]!]!.trim().slice(0, 24)).first().waitFor()
  }
  expect(complaints).toEqual([])
})
