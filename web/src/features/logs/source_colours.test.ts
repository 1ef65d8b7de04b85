import { describe, expect, it } from 'vitest'
import { assign_hues } from './source_colours'

describe('source colours', () => {
  it('differ as long as there are enough', () => {
    const names = Array.from({ length: 8 }, (_, i) => `service-${i}`)
    expect(new Set(assign_hues(names).values()).size).toBe(8)
  })
  it('are the same for a name alone wherever it appears', () => expect(assign_hues(['api'])).toEqual(assign_hues(['api', 'api'])))
  it('are shared evenly when there are not', () => {
    const hues = [...assign_hues(Array.from({ length: 16 }, (_, i) => `s${i}`)).values()]
    for (let hue = 0; hue < 8; hue += 1) expect(hues.filter((each) => each === hue)).toHaveLength(2)
  })
})
