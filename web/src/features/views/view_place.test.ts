import type { LocationQuery } from 'vue-router'
import { describe, expect, it } from 'vitest'
import { LEVELS, STDERR } from '@/features/logs/engine/entry'
import { read_query } from '@/features/logs/log_url'
import type { SavedView } from '@/lib/api/types'
import { read_search, type SearchQuery } from '@/features/search/search_url'
import { keys_of, keys_of_search, view_place } from './view_place'

const DEFAULTS = { wrap: false, fold: true, raw: false }
const view = (more: Partial<SavedView>): SavedView => ({ id: 3, version: 1, name: 'x', containers: 'true', filter: '', range: '', levels: [], streams: [], columns: [], created: '', changed: '', ...more })

describe('a saved view', () => {
  it('shows what was looked at when it was saved', () => {
    const query = { ...read_query({ filter: 'a == "b"', range: '1h', stream: 'stderr', levels: 'warn,error', cols: 'status:8,a%2Cb:20' }, DEFAULTS) }
    const place = view_place(view(keys_of('true', query)))
    expect(place.params!.address).toBe('view:3')
    expect(read_query(place.query as LocationQuery, DEFAULTS)).toEqual(query)
    expect(query.streams).toBe(STDERR)
    expect(query.levels).toBe((1 << LEVELS.indexOf('warn')) | (1 << LEVELS.indexOf('error')))
  })
  it('of everything says so, whatever range a reader prefers', () => expect(view_place(view({})).query).toEqual({ range: 'all' }))
  it('leaves out what nobody knows', () => expect(view_place(view({ levels: ['loud'], streams: ['stdin'], range: 'tomorrow', columns: ['', ':::'] })).query).toMatchObject({ range: 'all' }))
})

describe('a saved search', () => {
  it.each<Partial<SearchQuery>>([
    { q: 'level == "error"', where: 'project == "shop"', range: { last: 3_600_000, since: null, until: null }, levels: 1 << LEVELS.indexOf('warn') },
    { by: 'pattern', fresh: '1h' },
    { q: 'text contains "x"', by: 'pattern', compared: true, streams: STDERR },
  ])('is what was searched when it was saved: %j', (more) => {
    const query: SearchQuery = { ...read_search({}), ...more }
    const place = view_place(view(keys_of_search(query)))
    expect(place.name).toBe('search')
    expect(read_search(place.query as LocationQuery)).toEqual(query)
  })
})
