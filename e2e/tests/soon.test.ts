import { afterAll, expect, test } from 'vitest'

import { Scope } from '../fixtures/scope.ts'
import { openPage, untilContainersAppear, untilLinesAppear } from '../fixtures/soon.ts'

const ROUNDS = 5

const scope = new Scope()
afterAll(() => scope.close())

// The best of several, so that a busy machine fails it only when the page is never that soon; the bench has the median.
test('a container that starts and a line that is written are on the open page within 1 s and 200 ms', async () => {
  const { engine, server, ui, echo } = await openPage(scope)
  expect(Math.min(...(await untilContainersAppear(engine, ui, ROUNDS)))).toBeLessThanOrEqual(1_000)
  await ui.openLog('echo')
  await ui.line('ready').waitFor()
  expect(Math.min(...(await untilLinesAppear(engine, server, ui, echo, ROUNDS)))).toBeLessThanOrEqual(200)
})
