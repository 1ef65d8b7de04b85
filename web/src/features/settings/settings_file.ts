import { PORTABLE, valid, type Prefs } from '@/lib/prefs/prefs'

/** What a file of settings is known by. */
const KIND = 'taffrail-settings'
// A file of settings has about one kilobyte.
export const LARGEST = 64 * 1024

/** The reader's settings as the text of a file: JSON with everything that `read_settings` takes. */
export function write_settings(prefs: Prefs): string {
  return `${JSON.stringify({ kind: KIND, settings: Object.fromEntries(PORTABLE.map((key) => [key, prefs[key]])) }, null, 2)}\n`
}

/** `settings`: what can be taken; `refused`: the names of those that nobody knows here or whose value makes no sense. */
export type ReadSettings = { settings: Partial<Prefs>; refused: string[] } | { problem: 'not_json' | 'not_settings' }

/** Reads the text of such a file, which may come from anywhere. */
export function read_settings(text: string): ReadSettings {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    return { problem: 'not_json' }
  }
  if (typeof file !== 'object' || file === null || !('kind' in file) || file.kind !== KIND || !('settings' in file) || typeof file.settings !== 'object' || file.settings === null) return { problem: 'not_settings' }
  const given = file.settings as Record<string, unknown>
  const settings = Object.fromEntries(Object.entries(valid(given)).filter(([key]) => (PORTABLE as readonly string[]).includes(key))) as Partial<Prefs>
  return { settings, refused: Object.keys(given).filter((key) => !Object.hasOwn(settings, key)) }
}

