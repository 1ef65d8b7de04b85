// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { DEFAULTS, PORTABLE, prefs, valid } from '@/lib/prefs/prefs'
import { read_settings, write_settings } from './settings_file'

it('a file brings back every setting, and nothing that is of this browser alone', () => {
  const mine = { ...DEFAULTS, theme: 'dark', zone: 'utc', wrap: 'off', fold: false, raw: true, start_page: 'alerts', toggled: ['host:a'] } as typeof prefs
  const text = write_settings(mine)
  const read = read_settings(text)
  expect(read).toEqual({ settings: Object.fromEntries(PORTABLE.map((key) => [key, mine[key]])), refused: [] })
  expect(text).not.toContain('host:a')
})

it.each([
  ['', 'not_json'],
  ['{', 'not_json'],
  ['{}', 'not_settings'],
  ['null', 'not_settings'],
  ['{"kind":"other","settings":{}}', 'not_settings'],
  ['{"kind":"taffrail-settings","settings":null}', 'not_settings'],
])('%j is none: %s', (text, problem) => expect(read_settings(text)).toEqual({ problem }))

it('what nobody knows, or makes no sense, is refused by name, and the rest is taken', () => {
  const settings = { theme: 'pink', density: 'cosy', fold: 'yes', raw: true, toggled: ['x'], __proto__x: 1, tree_width: 1e9, zone: ['utc'] }
  expect(read_settings(JSON.stringify({ kind: 'taffrail-settings', settings }))).toEqual({ settings: { density: 'cosy', raw: true }, refused: ['theme', 'fold', 'toggled', '__proto__x', 'tree_width', 'zone'] })
})

it('what storage holds is taken as far as it makes sense', () => expect(valid({ theme: 'dark', precision: 'ps', tree_width: NaN, toggled: ['a', 1] as string[], author: 'x' })).toEqual({ theme: 'dark', author: 'x' }))
