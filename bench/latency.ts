import { Tabs } from '../e2e/fixtures/browser.ts'
import { DockerEngine } from '../e2e/fixtures/docker.ts'
import { FakeEngine, stoppedContainers } from '../e2e/fixtures/fake_engine.ts'
import { TaffrailPage } from '../e2e/fixtures/page.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually } from '../e2e/fixtures/wait.ts'
import { type Row, upTo } from './measure.ts'

const ROUNDS = 9
const STOPPED = 2_000

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** What a reader waits for with the page open. The engine's own times are the start of each, so its work for the client is not in them. */
export async function latency(scope: Scope): Promise<Row[]> {
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  const tabs = await Tabs.start()
  scope.defer(() => tabs.stop())
  const echo = await engine.run(['sh', '-c', 'echo ready; sleep 100000'], { name: 'echo' })
  const { page } = await tabs.open(`${server.url}/`)
  const ui = new TaffrailPage(page)
  await ui.treeItem('echo').waitFor()

  const appeared: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = `late-${round}`
    const id = await engine.create(['sleep', '100000'], { name })
    const row = ui.treeItem(name).getByRole('img', { name: /running/i }).waitFor()
    const shown = row.then(() => Date.now())
    await engine.docker('start', id)
    appeared.push((await shown) - Date.parse(await engine.docker('inspect', '--format', '{{.State.StartedAt}}', id)))
    await engine.docker('rm', '--force', id)
  }

  await ui.openLog('echo')
  await ui.line('ready').waitFor()
  const words = Array.from({ length: ROUNDS }, (_, n) => `spoken-${n}-${Math.random().toString(36).slice(2)}`)
  await ui.watchFor(words)
  const written: number[] = []
  for (const word of words) {
    // A second client of the same container would cost an attach; a line by way of the shell's own standard output does not.
    await engine.docker('exec', echo, 'sh', '-c', `echo ${word} > /proc/1/fd/1`)
    const seen = await eventually(`${word} on the screen`, () => ui.seenAt(word))
    const record = (await server.lines(`/api/v1/containers/${echo}/logs?tail=3`)).find((line) => line.text === word)
    written.push(seen - Date.parse(record.time))
  }

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
