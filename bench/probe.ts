/**
 * A client of its own, in a process of its own, so that what the attackers cost this machine's other programs is not taken for the
 * server's slowness: asks each of the questions it is given at a steady pace, whether or not the last one has been answered, and says
 * at the end how long the answers took. Started by pressure.ts.
 */
import { request } from '../e2e/fixtures/http.ts'
import type { Asked, Question } from './pressure.ts'

/**
 * Questions of one kind that may be open at once. More would be an attack of its own on a server that hangs; what is left out counts as
 * waiting for as long as the oldest that is open.
 */
const MOST_OPEN = 50
const PATIENCE_MS = 60_000

const asked = new Map<string, Asked & { open: number }>()
const timers: NodeJS.Timeout[] = []

function ask(question: Question): void {
  const kept = asked.get(question.name)!
  if (kept.open >= MOST_OPEN) {
    kept.leftOut += 1
    return
  }
  kept.open += 1
  const begun = performance.now()
  request(question.address, question.path, { milliseconds: PATIENCE_MS })
    .then(
      (answer) => {
        if (answer.status === 200) return
        kept.failed += 1
        kept.failure ??= `${answer.status} ${answer.text.slice(0, 200)}`
      },
      (error: unknown) => {
        kept.failed += 1
        kept.failure ??= String(error)
      },
    )
    .finally(() => {
      kept.open -= 1
      kept.took.push(performance.now() - begun)
    })
}

process.on('message', async (message: { questions: Question[] } | 'report') => {
  if (message !== 'report') {
    for (const question of message.questions) {
      asked.set(question.name, { took: [], failed: 0, leftOut: 0, open: 0 })
      timers.push(setInterval(() => ask(question), question.every))
    }
    return
  }
  timers.forEach(clearInterval)
  // What is open still counts, with all the time it takes.
  const deadline = performance.now() + PATIENCE_MS + 1000
  while ([...asked.values()].some(({ open }) => open > 0) && performance.now() < deadline) await new Promise((done) => setTimeout(done, 5))
  process.send!([...asked].map(([name, { took, failed, failure, leftOut }]) => [name, { took, failed, failure, leftOut }]))
  process.disconnect()
})
