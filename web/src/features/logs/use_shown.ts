import { computed, shallowRef, watchEffect, type ComputedRef, type ShallowRef } from 'vue'
import type { Container, Problem, SavedView } from '@/lib/api/types'
import { resolve_address, views_in } from '@/features/containers/address'
import { containers, hosts, is_removed } from '@/features/containers/fleet'
import { find_view, view_members, view_problems, watch_views } from '@/features/views/saved_views'
import { assign_hues } from './source_colours'

/** What a log view shows: the containers that an address means. */
export interface Shown {
  containers: ComputedRef<Container[]>
  ids: ComputedRef<string[]>
  /** The tokens of the address that mean none. */
  unknown: ComputedRef<string[]>
  merged: ComputedRef<boolean>
  /** What a saved view means is still asked for. */
  asking: ComputedRef<boolean>
  /** Why it cannot be known. */
  problem: ComputedRef<Problem | null>
  /** The saved view that is shown, where it is one. */
  view: ComputedRef<SavedView | null>
  /** All are no longer there as what the address means; what was shown of them stays. */
  lost: ComputedRef<boolean>
  /** All are removed. */
  gone: ComputedRef<boolean>
  /** By id: what they are called in this view, and the number of their colour. A container that is re-created keeps its rows under its old id: names are remembered while the view lives. */
  names: ShallowRef<ReadonlyMap<string, string>>
  hues: ShallowRef<ReadonlyMap<string, number>>
  /** Forgets the names of what is shown no more. */
  forget(): void
}

export function use_shown(address: () => string): Shown {
  const resolved = computed(() => resolve_address(address(), { containers: containers.value, hosts: hosts.value, members: view_members.value }))
  const views = computed(() => views_in(address()))
  watch_views(() => views.value)
  // What is shown and then no longer there (removed, or the server came back without it) stays on the screen as what it is.
  const kept = shallowRef<{ address: string; containers: Container[] }>({ address: '', containers: [] })
  const shown = computed(() => {
    const { containers } = resolved.value
    if (containers.length || kept.value.address !== address()) return containers
    return kept.value.containers.map((container): Container => ({ ...container, state: 'removed' }))
  })
  watchEffect(() => {
    if (resolved.value.containers.length) kept.value = { address: address(), containers: resolved.value.containers }
  })
  const ids = computed(() => shown.value.map((container) => container.id))
  const names = shallowRef<ReadonlyMap<string, string>>(new Map())
  const hues = shallowRef<ReadonlyMap<string, number>>(new Map())
  watchEffect(() => {
    const next = new Map(names.value)
    const same_host = new Set(shown.value.map((container) => container.host)).size < 2
    const project = shown.value[0]?.project
    const same_project = project && shown.value.every((container) => container.project === project)
    for (const container of shown.value) {
      // "api-1" says all in a view of the project "shop".
      const short = same_project && container.name.startsWith(`${project}-`) ? container.name.slice(project.length + 1) : container.name
      next.set(container.id, same_host ? short : `${hosts.value.get(container.host)?.name ?? ''}/${short}`)
    }
    if ([...next].some(([id, name]) => names.value.get(id) !== name)) names.value = next
    const by_name = assign_hues(shown.value.map((container) => container.name))
    hues.value = new Map(shown.value.map((container) => [container.id, by_name.get(container.name) ?? 0]))
  })
  return {
    containers: shown,
    ids,
    unknown: computed(() => resolved.value.unknown),
    merged: computed(() => ids.value.length > 1),
    asking: computed(() => views.value.some((id) => !view_members.value.has(id))),
    problem: computed(() => views.value.map((id) => view_problems.value.get(id)).find((problem) => problem !== undefined) ?? null),
    view: computed(() => (views.value.length === 1 && address() === `view:${views.value[0]}` ? (find_view(+views.value[0]!) ?? null) : null)),
    lost: computed(() => shown.value.length > 0 && resolved.value.containers.length === 0),
    gone: computed(() => shown.value.length > 0 && shown.value.every(is_removed)),
    names,
    hues,
    forget: () => (names.value = new Map(ids.value.map((id) => [id, names.value.get(id) ?? '']))),
  }
}
