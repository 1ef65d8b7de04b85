import { describe, expect, it } from 'vitest'
import { best, fit } from './palette'

describe('the palette', () => {
  const names = ['shop-api-1', 'shop-api-10', 'grafana', 'media-import', 'Theme: dark', 'api-gateway']
  const find = (query: string) => best(names, (name) => name, query, 10)
  it('prefers what begins a word over what is inside one', () => expect(find('api')).toEqual(['api-gateway', 'shop-api-1', 'shop-api-10']))
  it('finds scattered letters in their order only', () => {
    expect(find('sha1')[0]).toBe('shop-api-1')
    expect(fit('shop', 'pohs')).toBeUndefined()
  })
  it('shows all in their order for an empty query', () => expect(find(' ')).toEqual(names))
  it('ignores case and spaces between words', () => expect(find('theme dark')).toEqual(['Theme: dark']))
  it('shows no more than it is asked for', () => expect(best(names, (name) => name, '', 2)).toHaveLength(2))
})
