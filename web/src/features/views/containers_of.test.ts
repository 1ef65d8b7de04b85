import { describe, expect, it } from 'vitest'
import { containers_of } from './containers_of'

const of = (address: string) => containers_of(address, (id) => (id === 7 ? 'image contains "x" or name == "y"' : undefined))

describe('an address as an expression', () => {
  it('names what outlives a container', () => {
    expect(of('api')).toBe('name == "api"')
    expect(of('api,web')).toBe('name in ["api", "web"]')
    expect(of('project:shop')).toBe('project == "shop"')
    expect(of('service:shop/api')).toBe('project == "shop" and service == "api"')
    expect(of('api@nas')).toBe('name == "api" and host == "nas"')
    expect(of('0123456789abcdef')).toBe('id == "0123456789ab"')
  })
  it('joins different kinds, and takes what a saved view says', () => {
    expect(of('api,service:shop/web')).toBe('name == "api" or (project == "shop" and service == "web")')
    expect(of('view:7')).toBe('image contains "x" or name == "y"')
    expect(of('view:7,db')).toBe('(image contains "x" or name == "y") or name == "db"')
    expect(of('view:8')).toBe('false')
  })
  it('makes a literal of any name, and nothing else', () => expect(of('a" or true or "')).toBe('name == "a\\" or true or \\""'))
})
