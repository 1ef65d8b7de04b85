import { beforeEach, describe, expect, it } from 'vitest'
import { ALL_LEVELS } from './entry'
import { cursor, FakeServer, open, range } from './fake_server'
import type { ViewCommand } from './view_messages'

let server: FakeServer
beforeEach(() => {
  server = new FakeServer(5000)
})

describe('finding', () => {
  it('goes on beyond what is loaded, and shows the match there', async () => {
    server.send(open())
    server.hear(range(4501, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
    server.send({ do: 'find', query: 'line 77', row: 0 })
    await server.settle()
    expect(server.last.state.find.total).toBe(0)
    server.send({ do: 'find_step', by: -1, row: server.last.base })
    await server.settle()
    expect(server.pages.find(({ limit }) => limit === 1)).toMatchObject({ order: 'desc', cursor: cursor(4501), filter: 'lower(text) contains "line 77"' })
    expect(server.seqs).toContain(77)
    expect(server.last.state.find.at).toBeGreaterThan(0)
    expect(server.last.state.searching).toBe(false)
  })
  const open_stored = async (levels = ALL_LEVELS) => {
    const command = open() as Extract<ViewCommand, { do: 'open' }>
    server.send({ ...command, levels, source: { ...command.source, filter: 'seq > 0', stored: true } })
    server.hear(range(4501, 5000).map(server.line))
    server.hear([], true)
    await server.settle()
  }
  it('asks history where that has the log, with the filter and the levels that are shown', async () => {
    server.history = [77, 300]
    await open_stored()
    server.send({ do: 'find', query: 'Line', row: 0 })
    server.send({ do: 'find_step', by: -1, row: server.last.base })
    await server.settle()
    expect(server.questions).toEqual([{ containers: ['a'], direction: 'backward', cursor: cursor(4501), q: '(seq > 0) and text contains "Line"' }])
    expect(server.pages.some(({ limit }) => limit === 1)).toBe(false)
    expect(server.seqs).toContain(300)
  })
  it('asks it for the next error, likewise', async () => {
    server.history = [300]
    await open_stored()
    server.send({ do: 'error_step', by: -1, row: server.last.base })
    await server.settle()
    expect(server.seqs).toContain(300)
    expect(server.questions.at(-1)).toMatchObject({ direction: 'backward', q: 'seq > 0', levels: ['error', 'fatal'] })
  })
  it('reads the log itself where the server has no history after all', async () => {
    await open_stored()
    server.send({ do: 'find', query: 'line 77', row: 0 })
    server.send({ do: 'find_step', by: -1, row: server.last.base })
    await server.settle()
    expect(server.questions).toHaveLength(1)
    expect(server.pages.find(({ limit }) => limit === 1)).toMatchObject({ order: 'desc', filter: '(seq > 0) and lower(text) contains "line 77"' })
  })
  it('says that there is no error where none is shown, without a question', async () => {
    server.history = [77]
    await open_stored(1)
    server.send({ do: 'error_step', by: -1, row: server.last.base })
    await server.settle()
    expect(server.questions).toEqual([])
    expect(server.updates.findLast(({ notice }) => notice)?.notice).toBe('no_more_errors')
  })
})

describe('stepping from error to error', () => {
  it('goes to errors that are not loaded yet', async () => {
    server.send(open())
    server.hear(range(4901, 4999).map(server.line), true)
    await server.settle()
    server.send({ do: 'error_step', by: -1, row: 0 })
    await server.settle()
    const update = server.updates.filter((each) => each.go_to).at(-1)!
    expect(update.rows.find((row) => row.id === update.go_to!.id)).toMatchObject({ spans: { text: ['line 4900'] } })
  })
})
