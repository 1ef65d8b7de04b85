import { FakeEngine, stoppedContainers } from '../e2e/fixtures/fake_engine.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import { type Row, cpu, memory, upTo } from './measure.ts'

const CONTAINERS = 30_000
const IDLE_SECONDS = 10

/** A host with 30,000 stopped containers. The engine is a fake one, so that what is measured is the server and not dockerd, which takes seconds for its list. */
export async function many(scope: Scope): Promise<Row[]> {
  const engine = await FakeEngine.start(stoppedContainers(CONTAINERS))
  scope.defer(() => engine.stop())
  const begun = performance.now()
  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  await eventually('all containers are listed', async () => (await server.get('/readyz')).status === 200, 30_000, 10)
  const ready = performance.now() - begun
  const startCpu = cpu([server.pid])
  const resident = memory(server.pid).resident

  const asked: { took: number; own: number }[] = []
  let bytes = 0
  for (let round = 0; round < 5; round += 1) {
    const before = { own: cpu([server.pid]), at: performance.now() }
    bytes = (await server.get('/api/v1/containers')).body.length
    asked.push({ took: performance.now() - before.at, own: cpu([server.pid]) - before.own })
  }
  await sleep(1000)
  const idle = cpu([server.pid])
  await sleep(IDLE_SECONDS * 1000)
  const idleRate = (cpu([server.pid]) - idle) / (IDLE_SECONDS * 1000)

  const stopped = `${CONTAINERS.toLocaleString('en')} stopped containers`
  return [
    upTo(`${stopped}: start to the complete list`, ready, 'ms', undefined, 0),
    upTo(`${stopped}: own CPU until then`, startCpu / 1000, 'ms', undefined, 0),
    upTo(`${stopped}: resident memory then`, resident, 'MB', undefined),
    upTo(`${stopped}: all of them by HTTP (${(bytes / 1e6).toFixed(1)} MB, best of 5)`, Math.min(...asked.map(({ took }) => took)), 'ms', undefined, 0),
    upTo(`${stopped}: own CPU of that`, Math.min(...asked.map(({ own }) => own)) / 1000, 'ms', undefined, 0),
    upTo(`${stopped}: own CPU with nobody watching`, idleRate, 'ms/s', 1, 2),
  ]
}
