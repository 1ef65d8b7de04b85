import { ask, Refusal } from '@/lib/api/ask'
import type { AlertDetails, AlertPage, AlertState, Rule } from '@/lib/api/types'

export const STATES: readonly AlertState[] = ['firing', 'acknowledged', 'silenced', 'resolved']
export type AlertLists = Record<AlertState, AlertPage>

const PAGE = 100
// The most that the server gives at a time.
const MOST = 1000

const path_of = (state: AlertState, rule: number | null, limit: number, before?: number): string =>
  `alerts?state=${state}&limit=${limit}${rule === null ? '' : `&rule=${rule}`}${before === undefined ? '' : `&before=${before}`}`

/** All four lists, newest first, as far back as they are `shown`, which may grow while they are asked for. */
export async function load_lists(shown: () => AlertLists | null, rule: number | null, signal: AbortSignal): Promise<AlertLists> {
  for (;;) {
    const before = shown()
    const load = async (state: AlertState): Promise<[AlertState, AlertPage]> => {
      const old = before?.[state]
      const limit = Math.min(MOST, Math.max(PAGE, old?.alerts.length ?? 0))
      return [state, with_older(await ask<AlertPage>('GET', path_of(state, rule, limit), undefined, signal), old)]
    }
    const lists = Object.fromEntries(await Promise.all(STATES.map(load))) as AlertLists
    if (shown() === before) return lists
  }
}

/** What was loaded beyond the most that is asked for again stays. */
function with_older(now: AlertPage, old: AlertPage | undefined): AlertPage {
  const { next } = now
  if (!old || next === null || old.alerts.length <= MOST) return now
  return { alerts: [...now.alerts, ...old.alerts.filter(({ id }) => id < next)], next: old.next }
}

/** The same lists with the next page of one of them. */
export async function load_older(lists: AlertLists, state: AlertState, rule: number | null, signal?: AbortSignal): Promise<AlertLists> {
  const { alerts, next } = lists[state]
  if (next === null) return lists
  const page = await ask<AlertPage>('GET', path_of(state, rule, PAGE, next), undefined, signal)
  return { ...lists, [state]: { alerts: [...alerts, ...page.alerts], next: page.next } }
}

/** All rules in order of id, however many pages the server makes of them. */
export async function load_rules(signal?: AbortSignal): Promise<Rule[]> {
  const all: Rule[] = []
  for (let after: number | null = 0; typeof after === 'number'; ) {
    const { rules, next }: { rules: Rule[]; next: number | null } = await ask('GET', after ? `rules?after=${after}` : 'rules', undefined, signal)
    all.push(...rules)
    after = next
  }
  return all
}

/** One alert; null where there is none of that number. */
export async function load_alert(id: number, signal?: AbortSignal): Promise<AlertDetails | null> {
  try {
    return await ask<AlertDetails>('GET', `alerts/${id}`, undefined, signal)
  } catch (error) {
    if (error instanceof Refusal && error.problem.status === 404) return null
    throw error
  }
}
