import { describe, expect, it } from 'vitest'
import { columns_of, layout_of, MOST_PANES, read_workspace, split_pane, without_pane, write_workspace, type Pane } from './panes'

const pane = (address: string, place: Pane['place'] = 'right', query: Record<string, string> = {}): Pane => ({ place, address, query })
const names = (panes: readonly Pane[]) => columns_of(panes).map((column) => column.map((i) => panes[i]!.address).join('/')).join(' | ')

describe('the address of logs side by side', () => {
  it('is that of a single log where there is one', () => {
    expect(write_workspace({ panes: [pane('api', 'right', { filter: 'x' })], synced: true })).toEqual({ address: 'api', query: { filter: 'x' } })
    expect(read_workspace('api', { filter: 'x' })).toEqual({ panes: [pane('api', 'right', { filter: 'x' })], synced: false })
  })
  it('brings everything back', () => {
    const workspace = { panes: [pane('api', 'right', { range: '1h' }), pane('service:shop/web', 'below', { filter: 'a == "b&c?d" and x', find: 'é%' }), pane('db@host,api')], synced: true }
    const { address, query } = write_workspace(workspace)
    expect(query.pane).toHaveLength(2)
    expect(read_workspace(address, query as Record<string, string[]>)).toEqual(workspace)
  })
  it('leaves out what makes no sense, and what is too many', () => {
    const many = Array.from({ length: 40 }, () => '>api')
    expect(read_workspace('a', { pane: ['', '>', 'x', '?', null, 'vweb'] }).panes).toEqual([pane('a'), pane('web', 'below')])
    expect(read_workspace('a', { pane: many }).panes).toHaveLength(MOST_PANES)
    expect(read_workspace('a', { sync: '1' }).synced).toBe(false)
  })
})

describe('panes', () => {
  const panes = [pane('a'), pane('b', 'below'), pane('c'), pane('d', 'below')]
  it('stand in columns', () => expect(names(panes)).toBe('a/b | c/d'))
  it('fill a grid, column by column', () => {
    const three = [pane('a'), pane('b'), pane('c', 'below'), pane('d'), pane('e', 'below'), pane('f', 'below')]
    expect(layout_of(three).map(({ gridColumn, gridRow }) => `${gridColumn}: ${gridRow}`)).toEqual(['1: 1 / span 6', '2: 1 / span 3', '2: 4 / span 3', '3: 1 / span 2', '3: 3 / span 2', '3: 5 / span 2'])
  })
  it('are split to the right behind the whole column, and below at their place', () => {
    expect(names(split_pane(panes, 0, 'right').panes)).toBe('a/b | a | c/d')
    expect(names(split_pane(panes, 0, 'below').panes)).toBe('a/a/b | c/d')
    expect(split_pane(panes, 3, 'right').at).toBe(4)
  })
  it('leave their place to those below', () => {
    expect(names(without_pane(panes, 0))).toBe('b | c/d')
    expect(names(without_pane(panes, 2))).toBe('a/b | d')
    expect(names(without_pane(panes, 1))).toBe('a | c/d')
    expect(names(without_pane([pane('a'), pane('b')], 0))).toBe('b')
  })
})
