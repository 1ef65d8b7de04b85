import { DockerEngine } from '../e2e/fixtures/docker.ts'
import type { Scope } from '../e2e/fixtures/scope.ts'
import { Server } from '../e2e/fixtures/taffrail.ts'
import { eventually, sleep } from '../e2e/fixtures/wait.ts'
import { type Row, cpu, memory, upTo } from './measure.ts'

const CONTAINERS = 50
const SECONDS = 30

/** CPU time in ms per second of the server and of the engine over SECONDS. */
async function rates(server: Server, engine: number[]): Promise<{ own: number; engine: number }> {
  const before = { own: cpu([server.pid]), engine: cpu(engine), at: performance.now() }
  await sleep(SECONDS * 1000)
  const passed = performance.now() - before.at
  return { own: (cpu([server.pid]) - before.own) / passed, engine: (cpu(engine) - before.engine) / passed }
}

export async function idle(scope: Scope): Promise<Row[]> {
  const engine = await DockerEngine.start()
  scope.defer(() => engine.stop())
  for (let n = 0; n < CONTAINERS; n += 1) await engine.run(['sleep', '100000'], { name: `quiet-${n}` })
  // Not the shims: 50 of them take 1 to 11 ms/s for themselves, whether anybody is there or not, and none without the daemons' doing.
  const engineProcesses = engine.daemons()
  await sleep(2000)
  // What the engine uses with nobody there is not ours.
  const quiet = cpu(engineProcesses)
  await sleep(SECONDS * 1000)
  const engineAlone = (cpu(engineProcesses) - quiet) / (SECONDS * 1000)

  // From the start of the program to the first answer that lists all containers, the best of five.
  const starts: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const begun = performance.now()
    const started = await Server.start({ docker: [engine.url] })
    await eventually('all containers', async () => (await started.containers()).length === CONTAINERS, 10_000, 2)
    starts.push(performance.now() - begun)
    await started.stop()
  }

  const server = await Server.start({ docker: [engine.url] })
  scope.defer(() => server.stop())
  await eventually('all containers', async () => (await server.containers()).length === CONTAINERS)
  await sleep(3000)
  const unwatched = await rates(server, engineProcesses)
  const resident = memory(server.pid)

  const live = await server.live()
  live.send({ type: 'subscribe', sub: 1, what: 'containers' })
  live.send({ type: 'subscribe', sub: 2, what: 'stats' })
  await sleep(3000)
  const seen = live.messages.length
  const watched = await rates(server, engineProcesses)
  const ticks = live.messages.slice(seen).filter((message) => message.type === 'stats').length
  live.close()
  if (ticks < SECONDS - 3) throw new Error(`only ${ticks} ticks of metrics in ${SECONDS} s`)

  return [
    upTo('start to the first answer with all containers (best of 5)', Math.min(...starts), 'ms', 100, 0),
    upTo('nobody watching: own CPU', unwatched.own, 'ms/s', 1, 2),
    { what: 'nobody watching: extra engine CPU', measured: `${(unwatched.engine - engineAlone).toFixed(2)} ms/s`, limit: '' },
    upTo('nobody watching: resident memory', resident.resident, 'MB', 25),
    { what: 'of which anonymous', measured: `${resident.anonymous.toFixed(1)} MB`, limit: '' },
    upTo('one tab with all metrics: own CPU', watched.own, 'ms/s', 4, 2),
    // The engine's own background work moves by a few tenths of a millisecond.
    upTo('one tab with all metrics: extra engine CPU', Math.max(0, watched.engine - engineAlone), 'ms/s', 1, 2),
    { what: 'one tab with all metrics: resident memory', measured: `${memory(server.pid).resident.toFixed(1)} MB`, limit: '' },
  ]
}
