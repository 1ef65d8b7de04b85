import { onScopeDispose, shallowRef, watch } from 'vue'
import { containers, fleet_ready } from '@/features/containers/fleet'
import { ask, refusal_of } from '@/lib/api/ask'
import type { Container, Problem, SavedView } from '@/lib/api/types'

/** What a view is saved with, besides its name. */
export type ViewKeys = Pick<SavedView, 'containers' | 'filter' | 'range' | 'levels' | 'streams' | 'columns' | 'search'>

/** All that are saved; null until they were asked for. */
export const saved_views = shallowRef<readonly SavedView[] | null>(null)
/** Which containers each one that is shown means now, by its id in an address; a view that is not there means none. */
export const view_members = shallowRef<ReadonlyMap<string, readonly string[]>>(new Map())
/** Why one that is shown cannot be. */
export const view_problems = shallowRef<ReadonlyMap<string, Problem>>(new Map())

/** What is known of single ones, too, by their ids. */
const known = shallowRef<ReadonlyMap<number, SavedView>>(new Map())

export async function load_views(signal?: AbortSignal): Promise<readonly SavedView[]> {
  const { views } = await ask<{ views: SavedView[] }>('GET', 'views', undefined, signal)
  known.value = new Map(views.map((view) => [view.id, view]))
  return (saved_views.value = views)
}
export const find_view = (id: number): SavedView | undefined => known.value.get(id)

function note(view: SavedView): void {
  known.value = new Map([...known.value, [view.id, view]])
  if (saved_views.value) saved_views.value = [...saved_views.value.filter(({ id }) => id !== view.id), view]
}
function keep(view: SavedView): SavedView {
  note(view)
  void look_again(String(view.id))
  return view
}
export const create_view = async (name: string, keys: ViewKeys) => keep(await ask<SavedView>('POST', 'views', { name, ...keys }))
/** Refused (409) where somebody else has changed it since it was read. */
export const replace_view = async ({ id, version }: Pick<SavedView, 'id' | 'version'>, name: string, keys: ViewKeys) => keep(await ask<SavedView>('PUT', `views/${id}`, { version, name, ...keys }))
export async function remove_view({ id }: Pick<SavedView, 'id'>): Promise<void> {
  await ask('DELETE', `views/${id}`)
  saved_views.value = saved_views.value?.filter((view) => view.id !== id) ?? null
}

// --- which containers those that are shown mean

const wanted = new Map<string, number>()
// Containers come and go: what an expression means is asked again so long after something has changed, however much that is.
const AGAIN_MS = 3000
let timer: ReturnType<typeof setTimeout> | undefined

async function look_again(id: string): Promise<void> {
  if (!wanted.has(id)) return
  let problem: Problem | null = null
  try {
    const view = await ask<SavedView>('GET', `views/${encodeURIComponent(id)}`)
    const listed = await ask<{ containers: Container[] }>('GET', `containers?${new URLSearchParams({ filter: view.containers })}`)
    note(view)
    view_members.value = new Map([...view_members.value, [id, listed.containers.filter(({ state }) => state !== 'removed').map((container) => container.id)]])
  } catch (error) {
    problem = refusal_of(error)
    // What was shown stays; one that was never there is told.
    if (!view_members.value.has(id)) view_members.value = new Map([...view_members.value, [id, []]])
  }
  const problems = new Map(view_problems.value)
  if (problem) problems.set(id, problem)
  else problems.delete(id)
  view_problems.value = problems
}

/** Keeps `view_members` true for the saved views of an address while the calling scope lives. */
export function watch_views(ids: () => string[]): void {
  const release = (old: readonly string[]) => {
    for (const id of old) {
      const left = (wanted.get(id) ?? 1) - 1
      if (left > 0) wanted.set(id, left)
      else wanted.delete(id)
    }
  }
  let mine: string[] = []
  watch(
    () => ids().join(),
    (now) => {
      const next = now ? now.split(',') : []
      for (const id of next) wanted.set(id, (wanted.get(id) ?? 0) + 1)
      for (const id of next) if (!mine.includes(id)) void look_again(id)
      release(mine)
      mine = next
    },
    { immediate: true },
  )
  watch([containers, fleet_ready], () => {
    if (mine.length) timer ??= setTimeout(() => {
      timer = undefined
      wanted.forEach((_, id) => void look_again(id))
    }, AGAIN_MS)
  })
  onScopeDispose(() => release(mine))
}
