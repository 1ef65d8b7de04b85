import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { open_view, type ViewPort } from '@/lib/live/bridge'
import type { ViewCommand, ViewState, ViewUpdate } from './engine/view_messages'

/** A log view of the worker as the page holds it: its state for the frame, its rows for the list. */
export interface LogView {
  state: ShallowRef<ViewState | null>
  send(command: ViewCommand): void
  /** The list takes every update in the frame in which it is shown. */
  on_rows: ((update: ViewUpdate) => void) | null
}

/** Opens a view that is closed with the calling scope. `on_notice` gets what is to be said once. */
export function create_log_view(on_notice: (notice: NonNullable<ViewUpdate['notice']>, state: ViewState) => void): LogView {
  const state = shallowRef<ViewState | null>(null)
  const port: ViewPort = open_view((update) => {
    if (update.notice) on_notice(update.notice, update.state)
    if (view.on_rows) view.on_rows(update)
    else {
      state.value = update.state
      port.send({ do: 'applied' })
    }
  })
  onScopeDispose(() => port.close())
  const view: LogView = { state, send: (command) => port.send(command), on_rows: null }
  return view
}
