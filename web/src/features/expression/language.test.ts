import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ensureSyntaxTree } from '@codemirror/language'
import { EditorState } from '@codemirror/state'
import { COLOURS, expression_language, shorthand_language } from './language'

const css = readFileSync(new URL('../../styles/main.css', import.meta.url), 'utf8')

function colour(token: string, theme: 0 | 1): [number, number, number] {
  const found = new RegExp(String.raw`${token}: light-dark\((#\w{6}), (#\w{6})\)`).exec(css)
  if (!found) throw new Error(`${token} has no colours`)
  const hex = found[theme + 1]!
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as [number, number, number]
}
/** WCAG 2.2, relative luminance. */
function luminance(rgb: [number, number, number]): number {
  const [r, g, b] = rgb.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(a: string, b: string, theme: 0 | 1): number {
  const [low, high] = [luminance(colour(a, theme)), luminance(colour(b, theme))].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('in the %s theme', (_name, theme) => {
  it.each([...new Set(Object.values(COLOURS))])('%s can be read in the box', (token) => expect(contrast(token, '--ground', theme)).toBeGreaterThanOrEqual(4.5))
  it.each(['--text', '--muted', '--accent', '--error'])('%s can be read in what pops up, and on what is picked there', (token) => {
    expect(contrast(token, '--raised', theme)).toBeGreaterThanOrEqual(4.5)
    if (token !== '--error') expect(contrast(token, '--picked', theme)).toBeGreaterThanOrEqual(4.5)
  })
  it('the mark of an error can be seen', () => expect(contrast('--error', '--ground', theme)).toBeGreaterThanOrEqual(3))
})

describe('the language', () => {
  it.each([
    [expression_language, 'a "b" /* c\nd */ == 5', ['a', '"b"', '/* c', 'd */', '==', '5']],
    [shorthand_language, 'level:>=warn "a b" -c', ['level', ':>=', 'warn', '"a b"', '-', 'c']],
  ])('cuts a text into the tokens that are coloured', (language, doc, expected) => {
    const state = EditorState.create({ doc, extensions: language })
    const tokens: string[] = []
    ensureSyntaxTree(state, doc.length, 5000)!.iterate({ enter: ({ from, to, type }) => void (type.isTop || tokens.push(doc.slice(from, to))) })
    expect(tokens).toEqual(expected)
  })
})
