import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { newFolder } from '../fixtures/folder.ts'
import { Program } from '../fixtures/program.ts'
import { Scope } from '../fixtures/scope.ts'
import { BINARY, Server, runTaffrail } from '../fixtures/taffrail.ts'
import { eventually } from '../fixtures/wait.ts'

const scope = new Scope()
afterAll(() => scope.close())

const HOSTILE = '\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m \u202Eturned\rback'
const LINES = 2_500

let server: Server
let name: string

beforeAll(async () => {
  const folder = newFolder('cli')
  const lines = Array.from({ length: LINES }, (_, i) => `2026-11-21T09:${String(Math.floor(i / 60) % 60).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}Z level=${i % 10 === 0 ? 'error' : 'info'} msg=step n=${i}`)
  writeFileSync(path.join(folder, 'app.log'), `${[...lines, `2026-11-21T10:30:00Z ${HOSTILE}`].join('\n')}\n`)
  server = await Server.start({ args: ['--source', `files:${folder}/*.log`] })
  scope.defer(() => server.running && server.stop())
  const containers = await eventually('the file', async () => (await server.containers()).length > 0 && server.containers())
  name = containers[0]!.name
  await eventually('all lines stored', async () => JSON.parse((await server.get('/api/v1/history')).text).lines === LINES + 1)
})

const ask = (...args: string[]) => runTaffrail([...args, '--url', server.url])
const objects = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Runs a command in a shell on a terminal of its own; what came to the terminal. */
function onTerminal(command: string, env: NodeJS.ProcessEnv = {}): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile('script', ['-qec', command, '/dev/null'], { env: { ...process.env, PAGER: 'cat', TERM: 'xterm', ...env }, maxBuffer: 1 << 26 }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout })
    })
  })
}
const command = (args: string) => `${BINARY} ${args} --url ${server.url}`

describe('in a pipe', () => {
  test('search goes from page to page, the newest line first', async () => {
    const { code, output } = await ask('search', 'step')
    expect(code).toBe(0)
    const found = objects(output)
    expect(found.length).toBe(LINES)
    expect(found[0].text).toContain(`n=${LINES - 1}`)
    expect(found.at(-1).text).toMatch(/n=0$/)
    expect(objects((await ask('search', 'step', '--limit', '1100')).output).length).toBe(1100)
  })

  test('nothing found, a mistake and no server have their own status', async () => {
    expect(await ask('search', 'nosuchword')).toEqual({ code: 1, output: '' })
    const mistake = await ask('search', 'level == nosuch')
    expect(mistake.code).toBe(2)
    expect(mistake.output).toMatch(/unknown name nosuch.*\(1:10\)/)
    expect((await ask('logs', 'nosuch')).code).toBe(2)
    expect((await ask('logs')).code).toBe(2)
    expect((await ask('query', 'count() by')).code).toBe(2)
    expect((await ask('frobnicate')).code).toBe(2)
    expect((await runTaffrail(['search', 'a', '--url', 'http://127.0.0.1:9'])).code).toBe(3)
    expect((await runTaffrail(['search', 'a', '--url', 'gopher://x'])).code).toBe(2)
  })

  test('logs reads a container, or several merged', async () => {
    expect(objects((await ask('logs', name)).output).length).toBe(LINES + 1)
    expect(objects((await ask('logs', name, '--tail', '3')).output).length).toBe(3)
    expect(objects((await ask('logs', '--merge', '--filter', 'fields?.n == "7"')).output).map((line) => line.text)).toEqual([expect.stringContaining('n=7')])
  })

  test('query gives an object of each row', async () => {
    const { code, output } = await ask('query', 'fields?.msg == "step" | count() as n by level | sort n')
    expect(code).toBe(0)
    expect(objects(output)).toEqual([
      { level: 'error', n: LINES / 10 },
      { level: 'info', n: (LINES * 9) / 10 },
    ])
    expect((await ask('query', 'nosuchword | count() by level')).code).toBe(1)
  })

  test('top tells of each container once', async () => {
    expect(objects((await ask('top')).output).map((container) => container.name)).toEqual([name])
  })

  test('a reader that wants no more ends it well', async () => {
    const shell = new Program('bash', ['-c', `set -o pipefail; ${command('search step')} | head -n 1; echo status \${PIPESTATUS[0]}`])
    await shell.ended
    expect(shell.output).toMatch(/\nstatus 0\n$/)
  })

  test('a followed log goes on until it is interrupted', async () => {
    const follow = new Program(BINARY, ['logs', name, '--tail', '1', '-f', '--url', server.url])
    await eventually('its line', () => Promise.resolve(follow.output.includes('"text"')))
    expect((await follow.stop('SIGINT', 5_000)).code).toBe(130)
  })
})

describe('on a terminal', () => {
  test('lines have colours, and nothing else of what they say to terminals', async () => {
    // So many that the last error is among them.
    const { code, output } = await onTerminal(command(`logs ${name} --tail 12`))
    expect(code).toBe(0)
    expect(output).toContain('\x1b[0;38;5;1mred\x1b[0m \uFFFDturned\u240Dback')
    expect(output).not.toMatch(/\x1b(?!\[[0-9;]*m)/)
    expect(output).not.toContain('\x07')
    expect(output).toContain('\x1b[31merror')
  })

  test('NO_COLOR and --color are heeded', async () => {
    expect((await onTerminal(command(`logs ${name} --tail 2`), { NO_COLOR: '1' })).output).not.toContain('\x1b')
    expect((await onTerminal(command(`logs ${name} --tail 2 --color never`))).output).not.toContain('\x1b')
    expect((await ask('logs', name, '--tail', '12', '--color', 'always')).output).toContain('\x1b[31merror')
  })

  test('what is long goes through the pager', async () => {
    const { code, output } = await onTerminal(command('search step --limit 5'), { PAGER: 'sed s/^/paged:/' })
    expect(code).toBe(0)
    expect(output.match(/paged:/g)?.length).toBe(5)
    expect((await onTerminal(command('search step --no-pager --limit 5'), { PAGER: 'sed s/^/paged:/' })).output).not.toContain('paged:')
    // One that is left early.
    expect((await onTerminal(command('search step'), { PAGER: 'head -n 1' })).code).toBe(0)
  })

  test('a query is a table', async () => {
    const { output } = await onTerminal(command(`query 'fields?.msg == "step" | count() as lines by level'`), { NO_COLOR: '1' })
    expect(output.replaceAll('\r', '')).toBe('level  lines\nerror    250\ninfo    2250\n')
  })

  test('top shows itself anew until it is interrupted', async () => {
    const { code, output } = await onTerminal(`timeout -s INT 2 ${command('top --interval 200ms')}`)
    expect(output.split('\x1b[2J').length).toBeGreaterThan(3)
    expect(output).toContain(name)
    expect([124, 130]).toContain(code)
  })
})

test('completion scripts are such', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, output } = await runTaffrail(['completion', shell])
    expect(code).toBe(0)
    expect(output).toContain('follow')
  }
  const bash = new Program('bash', ['-c', `source <(${BINARY} completion bash); COMP_WORDS=(taffrail logs --fo); COMP_CWORD=2; _taffrail; echo "\${COMPREPLY[@]}"`])
  await bash.ended
  expect(bash.output).toBe('--follow\n')
  expect((await runTaffrail(['completion', 'tcsh'])).code).toBe(2)
})
