/**
 * Load and side-by-side measurement of the built binary: `make bench`, or `make bench ONLY="idle writing"` for some sections.
 * Prints one table per section, what must be reached beside what was; README.md says what each section does.
 */
import { execFileSync } from 'node:child_process'

import { buildImage } from '../e2e/fixtures/image.ts'
import { makeRunFolder } from '../e2e/fixtures/folder.ts'
import { Scope } from '../e2e/fixtures/scope.ts'
import { abuse } from './abuse.ts'
import { alerts } from './alerts.ts'
import { browser } from './browser.ts'
import { history } from './history.ts'
import { idle } from './idle.ts'
import { lag } from './lag.ts'
import { latency } from './latency.ts'
import { limits } from './limits.ts'
import { type Row, table } from './measure.ts'
import { merge } from './merge.ts'
import { micro } from './micro.ts'
import { soak } from './soak.ts'
import { steady } from './steady.ts'
import { table as containerTable } from './table.ts'
import { writing } from './writing.ts'

const SECTIONS: Record<string, { title: string; run: (scope: Scope) => Promise<Row[]> }> = {
  micro: { title: 'Micro-benchmarks', run: micro },
  limits: { title: 'Reading what is there, against cat, ripgrep and zstd on the same bytes', run: limits },
  idle: { title: '50 containers: start, idle, one tab that watches', run: idle },
  latency: { title: 'How soon the page shows what happens', run: latency },
  writing: { title: 'One container writes 200 MB as fast as it can', run: writing },
  history: { title: 'Storing 200 MB of lines', run: history },
  lag: { title: 'What holds up the owner thread, and who waits for it', run: lag },
  abuse: { title: 'Memory, answers and the end under abuse', run: abuse },
  merge: { title: 'A merge of many files against one with the same lines', run: merge },
  alerts: { title: 'Rules over lines, samples and events', run: alerts },
  browser: { title: '10,000 lines a second for 30 s in the browser', run: browser },
  table: { title: 'The table of 1,000 running containers, scrolled', run: containerTable },
  soak: { title: '70,000 lines a second for as long as SOAK_SECONDS says (600)', run: soak },
  steady: { title: '1,000 logs at 20,000 lines a second, and 50 containers at 5,000 for as long as STEADY_SECONDS says (600)', run: steady },
}
/** These take ten minutes, so they are run only when they are named. */
const ON_DEMAND = new Set(['soak', 'steady'])

async function main(): Promise<number> {
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((name) => !(name in SECTIONS))
  if (unknown.length) {
    console.error(`no such section: ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`)
    return 2
  }
  const sweep = makeRunFolder()
  const missed: string[] = []
  const ended = (signal: NodeJS.Signals) => {
    sweep()
    process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  process.on('SIGINT', ended)
  process.on('SIGTERM', ended)
  try {
    buildImage()
    console.log(`${execFileSync('nproc', { encoding: 'utf8' }).trim()} cores, ${execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim()}`)
    for (const [name, { title, run }] of Object.entries(SECTIONS)) {
      if (wanted.length ? !wanted.includes(name) : ON_DEMAND.has(name)) continue
      console.log(`\n## ${title}\n`)
      const scope = new Scope()
      try {
        const rows = await run(scope)
        if (rows.length) console.log(table(rows))
        missed.push(...rows.filter((row) => row.met === false).map((row) => row.what))
      } finally {
        await scope.close()
      }
    }
  } finally {
    sweep()
  }
  console.log(missed.length ? `\nmissed: ${missed.join('; ')}` : '\nall limits met')
  return 0
}

process.exitCode = await main()
