import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

import { ROOT } from '../e2e/fixtures/folder.ts'
import type { Row } from './measure.ts'

/** Runs every Google Benchmark program of the release build; their tables are printed as they come. */
export async function micro(): Promise<Row[]> {
  const programs = readFileSync(path.join(ROOT, 'build/release/programs.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('bench '))
    .map((line) => line.slice('bench '.length))
  for (const program of programs) {
    console.log(`${path.basename(program)}:`)
    const { status } = spawnSync(program, ['--benchmark_min_time=0.2', '--benchmark_color=false'], { stdio: ['ignore', 'inherit', 'ignore'] })
    if (status !== 0) throw new Error(`${program} ended with status ${status}`)
  }
  return []
}
