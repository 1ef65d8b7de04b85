import { reactive, watch, watchEffect } from 'vue'
import type { Precision, Zone } from '@/lib/format/time'

/** What a reader chose for this browser. What a view shows is not here but in its URL. */
export interface Prefs {
  theme: 'system' | 'light' | 'dark'
  density: 'compact' | 'cosy'
  zone: Zone
  precision: Precision
  tree_width: number
  tree_hidden: boolean
  metrics_open: boolean
  histogram_open: boolean
  group_by: 'project' | 'none'
  spark_scale: 'own' | 'shared'
  /** Whether newly firing alerts are shown by the browser, and heard; how this reader signs. */
  alert_notify: boolean
  alert_sound: boolean
  author: string
  /** The starter rules have been looked at. */
  starters_seen: boolean
  /** Nodes of the tree and groups of the table that are not as they are by default. */
  toggled: string[]
}

const DEFAULTS: Prefs = {
  theme: 'system',
  density: 'compact',
  zone: 'local',
  precision: 'ms',
  tree_width: 264,
  tree_hidden: false,
  metrics_open: true,
  histogram_open: true,
  group_by: 'project',
  spark_scale: 'own',
  alert_notify: false,
  alert_sound: false,
  author: '',
  starters_seen: false,
  toggled: [],
}
const KEY = 'taffrail.prefs'
// Remembered tree nodes beyond this are forgotten, oldest first.
const MOST_TOGGLED = 500

function stored(): Partial<Prefs> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {} // storage is blocked or holds something else: the defaults are as good
  }
}

function valid(values: Partial<Prefs>): Partial<Prefs> {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([key, value]) => key in DEFAULTS && typeof value === typeof DEFAULTS[key as keyof Prefs] && Array.isArray(value) === (key === 'toggled'),
    ),
  )
}

export const prefs: Prefs = reactive({ ...DEFAULTS, ...valid(stored()) })

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
