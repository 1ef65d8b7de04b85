import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { open_view, type ViewPort } from '@/lib/live/bridge'
import type { ViewCommand, ViewState, ViewUpdate } from './engine/view_messages'

/** A log view of the worker as the page holds it: its state for the frame, its rows for the list. */
export interface LogView {
  state: ShallowRef<ViewState | null>
  send(command: ViewCommand): void
  /** Gives every update to the list, which shows it in a frame of its own and says so with `shown`; null takes the list away. */
  attach(list: ((update: ViewUpdate) => void) | null): void
  /** The update is on the screen: its state is that of the page, and the worker may send the next. */
  shown(update: ViewUpdate): void
}

/** Opens a view that is closed with the calling scope. `on_notice` gets what is to be said once, `on_copied` what is for the clipboard, `on_fields` each update that has something of fields. */
export function create_log_view(on_notice: (notice: NonNullable<ViewUpdate['notice']>, state: ViewState) => void, on_copied: (copied: NonNullable<ViewUpdate['copied']>) => void, on_fields: (update: ViewUpdate) => void): LogView {
  const state = shallowRef<ViewState | null>(null)
  let list: ((update: ViewUpdate) => void) | null = null
  const port: ViewPort = open_view((update) => {
    if (update.notice) on_notice(update.notice, update.state)
    if (update.copied) on_copied(update.copied)
    if (update.field || update.detail || update.fields) on_fields(update)
    if (list) list(update)
    else view.shown(update)
  })
  onScopeDispose(() => port.close())
  const view: LogView = {
    state,
    send: (command) => port.send(command),
    attach: (to) => {
      list = to
    },
    shown: (update) => {
      state.value = update.state
      port.send({ do: 'applied' })
    },
  }
  return view
}
