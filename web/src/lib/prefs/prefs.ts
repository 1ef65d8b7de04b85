import { reactive, watch, watchEffect } from 'vue'
import type { Precision, Zone } from '@/lib/format/time'
import { LANGUAGES, type Language } from '@/locales/languages'

/** What a reader chose for this browser. What a view shows is not here but in its URL. */
export interface Prefs {
  language: 'browser' | Language
  theme: 'system' | 'light' | 'dark'
  density: 'compact' | 'cosy'
  zone: Zone
  precision: Precision
  /** How lines are shown where a URL does not say; `auto` wraps on narrow screens. */
  wrap: 'auto' | 'on' | 'off'
  fold: boolean
  raw: boolean
  /** What is shown when the page is opened without saying what; `log`: the log that was looked at last, which is `last_log`. */
  start_page: 'home' | 'alerts' | 'log'
  last_log: string
  /** What is shown of a log that is opened without saying so. */
  default_range: 'all' | '10m' | '1h' | '24h'
  tree_width: number
  tree_hidden: boolean
  metrics_open: boolean
  histogram_open: boolean
  /** What happened to containers stands among their lines. */
  event_rows: boolean
  group_by: 'project' | 'host' | 'label' | 'none'
  /** The label that groups, where that is what they are by. */
  group_label: string
  /** What needs a look stands before all groups. */
  trouble_first: boolean
  /** Columns of the table that are left out. */
  hidden_columns: string[]
  spark_scale: 'own' | 'shared'
  /** Whether newly firing alerts are shown by the browser, and heard; how this reader signs. */
  alert_notify: boolean
  alert_sound: boolean
  author: string
  /** The starter rules have been looked at. */
  starters_seen: boolean
  /** What leads to the demo's incident was closed. */
  demo_hint_seen: boolean
  /** Nodes of the tree and groups of the table that are not as they are by default. */
  toggled: string[]
}

export const DEFAULTS: Readonly<Prefs> = {
  language: 'browser',
  theme: 'system',
  density: 'compact',
  zone: 'local',
  precision: 'ms',
  wrap: 'auto',
  fold: true,
  raw: false,
  start_page: 'home',
  last_log: '',
  default_range: 'all',
  tree_width: 264,
  tree_hidden: false,
  metrics_open: true,
  histogram_open: true,
  event_rows: true,
  group_by: 'project',
  group_label: '',
  trouble_first: true,
  hidden_columns: [],
  spark_scale: 'own',
  alert_notify: false,
  alert_sound: false,
  author: '',
  starters_seen: false,
  demo_hint_seen: false,
  toggled: [],
}
/** What can be chosen where not everything can, in the order in which it is offered. */
export const CHOICES = {
  language: ['browser', ...LANGUAGES.map(({ id }) => id)],
  theme: ['system', 'light', 'dark'],
  density: ['compact', 'cosy'],
  start_page: ['home', 'alerts', 'log'],
  default_range: ['10m', '1h', '24h', 'all'],
  zone: ['local', 'utc', 'relative'],
  precision: ['ms', 'us', 'ns'],
  wrap: ['auto', 'on', 'off'],
  group_by: ['project', 'host', 'label', 'none'],
  spark_scale: ['own', 'shared'],
} as const satisfies { [K in keyof Prefs]?: readonly Prefs[K][] }
export type Choice = keyof typeof CHOICES
/** What makes sense in another browser, too. */
export const PORTABLE = ['language', 'theme', 'density', 'start_page', 'default_range', 'zone', 'precision', 'wrap', 'fold', 'raw', 'metrics_open', 'histogram_open', 'event_rows', 'group_by', 'group_label', 'trouble_first', 'hidden_columns', 'spark_scale', 'tree_width', 'tree_hidden', 'alert_sound', 'author'] as const satisfies (keyof Prefs)[]

const WIDEST_TREE = 4096
const KEY = 'taffrail.prefs'
// Remembered tree nodes beyond this are forgotten, oldest first.
const MOST_TOGGLED = 500

function stored(): object {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {} // storage is blocked or holds something else: the defaults are as good
  }
}

function makes_sense(key: string, value: unknown): boolean {
  if (!Object.hasOwn(DEFAULTS, key)) return false
  if (Object.hasOwn(CHOICES, key)) return (CHOICES[key as Choice] as readonly unknown[]).includes(value)
  if (key === 'toggled' || key === 'hidden_columns') return Array.isArray(value) && value.every((each) => typeof each === 'string')
  if (key === 'tree_width') return typeof value === 'number' && value > 0 && value < WIDEST_TREE
  return typeof value === typeof DEFAULTS[key as keyof Prefs]
}

/** Of some values those that are settings, and may be. */
export function valid(values: object): Partial<Prefs> {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => makes_sense(key, value)))
}

export const prefs: Prefs = reactive({ ...DEFAULTS, toggled: [], hidden_columns: [], ...valid(stored()) })

/** What the query of a log that is opened says of its range. */
export const preferred_range = (): Record<string, string> => (prefs.default_range === 'all' ? {} : { range: prefs.default_range })

/** Applies theme and density to the page and keeps changes; once, before the page is mounted. */
export function start_prefs(): void {
  watchEffect(
    () => {
      const root = document.documentElement
      if (prefs.theme === 'system') delete root.dataset.theme
      else root.dataset.theme = prefs.theme
      root.dataset.density = prefs.density
    },
    { flush: 'sync' },
  )
  watch(prefs, () => {
    if (prefs.toggled.length > MOST_TOGGLED) prefs.toggled.splice(0, prefs.toggled.length - MOST_TOGGLED)
    try {
      localStorage.setItem(KEY, JSON.stringify(prefs))
    } catch {
      // Storage is full or blocked: the choice holds for this page only.
    }
  })
}

export function toggle_key(key: string): void {
  const at = prefs.toggled.indexOf(key)
  if (at < 0) prefs.toggled.push(key)
  else prefs.toggled.splice(at, 1)
}
