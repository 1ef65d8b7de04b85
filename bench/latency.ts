import { FakeEngine, stoppedContainers } from '../e2e/fixtures/fake_engine.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { openPage, untilContainersAppear, untilLinesAppear } from '../e2e/fixtures/soon.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually } from '../e2e/fixtures/wait.ts'
import { type Row, upTo } from './measure.ts'

const ROUNDS = 9
const STOPPED = 2_000

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** What a reader waits for with the page open, and at the start. */
export async function latency(scope: Scope): Promise<Row[]> {
  const { engine, server, ui, echo } = await openPage(scope)

  const appeared = await untilContainersAppear(engine, ui, ROUNDS)
  await ui.openLog('echo')
  await ui.line('ready').waitFor()
  const written = await untilLinesAppear(engine, server, ui, echo, ROUNDS)

  const many = await FakeEngine.start(stoppedContainers(STOPPED))
  scope.defer(() => many.stop())
  const begun = performance.now()
  const late = await Server.start({ docker: [many.url] })
  scope.defer(() => late.stop())
  await eventually('all of them', async () => (await late.containers()).length === STOPPED, undefined, 2)
  const listed = performance.now() - begun

  return [
    upTo(`a container starts: until the page says so (median of ${ROUNDS})`, median(appeared), 'ms', 1_000, 0),
    upTo(`a line is written: until it is on the screen (median of ${ROUNDS})`, median(written), 'ms', 200, 0),
    upTo(`start to the list of ${STOPPED} stopped containers`, listed, 'ms', 1_000, 0),
  ]
}
