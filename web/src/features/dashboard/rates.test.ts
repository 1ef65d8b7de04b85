import { expect, it } from 'vitest'
import type { Container } from '@/lib/api/types'
import { rate_of, rates_of } from './rates'

const counted = (rows: [string, number][], truncated = false) => ({ rows, truncated, complete: true })
const container = (id: string, more: Partial<Container> = {}) => ({ id, state: 'running', labels: {}, ...more }) as Container
const FULL = '0123456789ab'.repeat(5)

it('a container is known by the beginning of its id', () => expect(rate_of(container(FULL), rates_of(counted([['0123456789ab', 60]]), counted([['0123456789ab', 6]])))).toEqual({ lines: 60, errors: 6 }))
it('who wrote nothing has 0, and who nobody knows of has none', () => {
  const whole = rates_of(counted([]), counted([]))
  expect(rate_of(container('a'), whole)).toEqual({ lines: 0, errors: 0 })
  expect(rate_of(container('a', { state: 'exited' }), whole)).toBeNull()
  expect(rate_of(container('a', { labels: { 'taffrail.history': 'off' } }), whole)).toBeNull()
  expect(rate_of(container('a'), rates_of(counted([], true), counted([])))).toBeNull()
  expect(rate_of(container('a'), null)).toBeNull()
})
it('there are never more errors than lines', () => expect(rates_of(counted([['a', 2]]), counted([['a', 3], ['b', 1]])).by_id).toEqual(new Map([['a', { lines: 2, errors: 2 }]])))
