import { readFileSync, readdirSync } from 'node:fs'
import os from 'node:os'

/** CPU time that the threads of these processes have used so far, in microseconds. A process that has ended counts as 0. */
export function cpu(pids: number[]): number {
  let nanoseconds = 0
  for (const pid of pids) {
    try {
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        // The first field is the time on a CPU in ns; /proc/PID/stat would round to 10 ms.
        nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0])
      }
    } catch {
      // ended meanwhile
    }
  }
  return nanoseconds / 1000
}

/** Memory of a process in MB: all that is resident, and what of it is its own and not backed by a file. */
export function memory(pid: number): { resident: number; anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1000
  return { resident: field('VmRSS'), anonymous: field('RssAnon') }
}

/**
 * Puts what is measured ahead of the machine's other work where BENCH_NICE says so (`BENCH_NICE=-15`, as root): for machines that are
 * shared, whose other programs would else be taken for the server's slowness. All threads that the process has by now.
 */
export function putAhead(pid: number): void {
  const nice = Number(process.env['BENCH_NICE'] ?? 0)
  if (nice) for (const thread of readdirSync(`/proc/${pid}/task`)) os.setPriority(Number(thread), nice)
}

export interface Row {
  what: string
  measured: string
  /** What BASELINES asks for; empty where it asks for nothing. */
  limit: string
  /** Undefined where there is no limit to meet. */
  met?: boolean
}

/** Rows as a table that can be read in a terminal and pasted into Markdown. */
export function table(rows: Row[]): string {
  const cells = [['what', 'measured', 'must be', ''], ...rows.map((row) => [row.what, row.measured, row.limit, row.met === undefined ? '' : row.met ? 'ok' : 'MISSED'])]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]!.length)))
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  return lines.join('\n')
}

export function upTo(what: string, value: number, unit: string, limit: number | undefined, digits = 1): Row {
  return {
    what,
    measured: `${value.toFixed(digits)} ${unit}`,
    limit: limit === undefined ? '' : `≤ ${limit} ${unit}`,
    ...(limit === undefined ? {} : { met: value <= limit }),
  }
}
