import { computed, nextTick, onMounted, onUnmounted, shallowRef, watch, type Ref } from 'vue'
import { prefs } from '@/lib/prefs/prefs'
import { day_headings } from './days'
import type { Row, ViewUpdate } from './engine/view_messages'
import { light_up } from './field_pointer'
import { anchor_in, kept_row, same_row } from './kept_rows'
import type { LogView } from './log_view'
import { RowHeights } from './row_heights'

interface Parts {
  view: LogView
  /** What scrolls, and in it the mounted rows. */
  scroller: Ref<HTMLElement | null>
  body: Ref<HTMLElement | null>
  wrap(): boolean
  /** All rows have other numbers now: `by` higher, or (null) nobody knows. */
  renumbered(by: number | null): void
  /** A line comes that was asked for. Returns whether it belongs at the top, where else it is marked, in the middle. */
  to_top(): boolean
  /** The list stands elsewhere, or has other rows. */
  moved(el: HTMLElement): void
  /** What the worker sent last is on the screen. */
  shown(): void
}

const OVERSCAN = 24
// At the live end, where every row may be new with each update: they are asked for as soon as the list leaves it.
const OVERSCAN_AT_END = 8
const MOST_ROWS = 180
// A distance from the end that still counts as being there: fractions of a pixel under zoom.
const END = 3
// What is left between a match and the edge when the view is moved to it.
const AROUND_HIT = 80
// How soon the worker is told what is read.
const ANCHOR_MS = 80

/**
 * The rows of a list: shows what the worker sends and keeps what is read where it is, follows the end or not, and asks for the rows that come into sight.
 *
 * Of all rows those around what is in sight are mounted, in `body`, which stands at `offset` of a canvas as high as all of them, in `scroller`.
 */
export function use_list_rows({ view, scroller, body, wrap, renumbered, to_top, moved, shown }: Parts) {
  const rows = shallowRef<Row[]>([])
  const from = shallowRef(0)
  const offset = shallowRef(0)
  const total = shallowRef(0)
  const follow = shallowRef(true)
  const marked = shallowRef<number | null>(null)
  const scrolled = shallowRef(0)
  // What is left of the height when all rows in sight are whole: below the last row it cuts none.
  const spare = shallowRef(0)
  const row_height = () => (prefs.density === 'cosy' ? 28 : 20)
  const note_spare = () => (spare.value = wrap() || !scroller.value ? 0 : scroller.value.clientHeight % row_height())
  const heights = new RowHeights(row_height())
  const zone = () => (prefs.zone === 'utc' ? 'utc' : 'local')
  const days = computed(() => day_headings(rows.value, view.state.value?.older === 'end', zone()))

  let epoch = -1
  let jump = 0
  // Where the list stood, and how high it was, when that was last looked at.
  let last_top = 0
  let last_height = 0
  let last_client = 0
  let pending: ViewUpdate | null = null
  let frame = 0
  let asked = ''
  let last_anchor: number | null = null
  let anchor_timer: ReturnType<typeof setTimeout> | null = null
  // While a button is down over a log that is followed its rows stay: the click is for the row on which it began.
  let held = false
  // The row whose details come into sight when they are there.
  let revealed: number | null = null

  const mounted = () => ({ rows: rows.value, from: from.value })
  const sight_of = (el: HTMLElement) => ({ top: el.scrollTop, height: el.clientHeight })
  const anchor_of = (el: HTMLElement) => (rows.value.length ? anchor_in(mounted(), heights, sight_of(el)) : null)
  const numbers_in_sight = (el: HTMLElement): [number, number] => [heights.row_at(el.scrollTop), heights.row_at(el.scrollTop + el.clientHeight)]

  // --- what the worker sends

  view.attach((update) => {
    // Only the newest picture matters, but what it was to bring into sight must not be lost with an older one.
    if (pending?.go_to && !update.go_to && pending.epoch === update.epoch) update.go_to = pending.go_to
    if (pending?.reading !== undefined && update.reading === undefined && pending.epoch === update.epoch) update.reading = pending.reading
    pending = update
    if (!frame) frame = requestAnimationFrame(apply)
  })

  /** Takes over another numbering. Returns the row that is to stay where it is. */
  function renumber(update: ViewUpdate, el: HTMLElement): ReturnType<typeof anchor_of> {
    const anchor = follow.value ? null : anchor_of(el)
    if (update.epoch === epoch) return anchor
    epoch = update.epoch
    const kept = anchor && kept_row(mounted(), heights, sight_of(el), anchor, marked.value, update)
    if (kept && update.reading === undefined) {
      heights.shift(kept.row - kept.anchor.row)
      renumbered(kept.row - kept.anchor.row)
    } else {
      // Other lines than before, and not only other numbers: what was picked by number is no more.
      heights.clear()
      renumbered(null)
    }
    if (kept) return { ...kept.anchor, row: kept.row }
    // The line itself is gone (filtered, say): the worker sent the rows around its place.
    return anchor && update.rows.length ? { ...anchor, row: update.reading ?? Math.min(update.from + (anchor.row - from.value), update.base + update.count - 1) } : null
  }

  async function apply(): Promise<void> {
    frame = 0
    if (held && follow.value) return
    const update = pending
    const el = scroller.value
    pending = null
    if (!update || !el) return
    const place = renumber(update, el)
    heights.range(update.base, update.count)
    const kept = new Map(rows.value.map((row) => [row.id, row]))
    rows.value = update.rows.map((row) => {
      const old = kept.get(row.id)
      return old && same_row(old, row) ? old : row
    })
    light_up(null, null) // another text may be there now
    // Elements of a row that leaves become another's: a key must not reach a row that it was not meant for.
    const focused = body.value?.querySelector(':focus')?.closest<HTMLElement>('[data-id]')
    if (focused && !update.rows.some(({ id }) => id === +focused.dataset.id!)) el.focus({ preventScroll: true })
    from.value = update.from
    offset.value = heights.top(update.from)
    total.value = heights.total
    if (update.go_to) follow.value = false
    jump = update.jump
    await nextTick()
    measure()
    if (update.go_to && to_top()) el.scrollTop = heights.top(update.go_to.row)
    else if (update.go_to) {
      marked.value = update.go_to.id
      el.scrollTop = heights.top(update.go_to.row) - (el.clientHeight - heights.base) / 2
      show_hit(el)
    } else if (follow.value) el.scrollTop = el.scrollHeight
    else if (place) el.scrollTop = heights.top(place.row) - place.offset
    show_revealed(el)
    note_place(el)
    moved(el)
    view.shown(update)
    look()
    shown()
  }

  /** Brings the first match of the current line into sight, where the line is wider than the view. */
  function show_hit(el: HTMLElement): void {
    const hit = body.value?.querySelector('.current .hit')?.getBoundingClientRect()
    if (!hit) return
    const box = el.getBoundingClientRect()
    if (hit.right > box.left + el.clientWidth) el.scrollLeft += hit.right - box.left - el.clientWidth + AROUND_HIT
    else if (hit.left < box.left) el.scrollLeft -= Math.min(el.scrollLeft, box.left - hit.left + AROUND_HIT)
  }

  /** Brings the details that were opened into sight, as much of them as there is room for below their line. */
  function show_revealed(el: HTMLElement): void {
    const index = rows.value.findIndex((row) => row.id === revealed && row.kind === 'line' && row.detail)
    if (index < 0) return
    revealed = null
    const row = from.value + index
    el.scrollTop = Math.max(el.scrollTop, Math.min(heights.top(row), heights.top(row + 1) - el.clientHeight))
  }

  /** Takes the heights of the mounted rows where they may differ from the plain one. */
  function measure(): void {
    if (!body.value || (!wrap() && !days.value.some(Boolean) && !rows.value.some((row) => row.kind === 'line' && row.detail))) return
    let changed = false
    const elements = body.value.children
    for (let i = 0; i < rows.value.length && i < elements.length; i += 1)
      changed = heights.set(from.value + i, elements[i]!.getBoundingClientRect().height) || changed
    if (changed) {
      total.value = heights.total
      offset.value = heights.top(from.value)
      // Vue writes these in its next flush; the scroll position set below must already find them.
      const canvas = body.value.parentElement!
      canvas.style.height = `${total.value + spare.value}px`
      body.value.style.transform = `translateY(${offset.value}px)`
    }
  }

  // --- what the reader does

  /** Asks for the rows in sight, when they are not at hand. */
  function look(force = false): void {
    const el = scroller.value
    if (!el) return
    const [first, last] = numbers_in_sight(el)
    const visible = Math.max(last - first + 1, Math.ceil(el.clientHeight / heights.base))
    // At the end there is nothing below to prepare for.
    const count = Math.min(MOST_ROWS, visible + (follow.value ? OVERSCAN_AT_END : 2 * OVERSCAN))
    const start = follow.value ? heights.first + heights.count - count : Math.max(heights.first, first - OVERSCAN)
    const end_of_all = heights.first + heights.count
    const enough =
      rows.value.length > 0 && from.value <= Math.max(heights.first, first - 8) && from.value + rows.value.length >= Math.min(end_of_all, last + 8)
    const anchor = follow.value ? null : anchor_of(el)
    const key = `${epoch} ${follow.value} ${count} ${follow.value || enough ? '' : start}`
    if (!force && key === asked && (enough || follow.value)) {
      if (!follow.value && anchor && anchor.id !== last_anchor) tell_anchor(anchor.id)
      return
    }
    asked = key
    last_anchor = anchor?.id ?? null
    view.send({ do: 'look', look: { epoch, from: start, count, follow: follow.value, anchor: anchor?.id ?? null, anchor_offset: anchor ? anchor.row - start : 0, jump } })
  }
  /** The worker has to know what is read before it renumbers the rows; not with every pixel, though. */
  function tell_anchor(id: number): void {
    last_anchor = id
    if (anchor_timer) return
    anchor_timer = setTimeout(() => {
      anchor_timer = null
      look(true)
    }, ANCHOR_MS)
  }

  function set_follow(on: boolean): void {
    if (follow.value === on) return
    follow.value = on
    const el = scroller.value
    if (on && el) el.scrollTop = el.scrollHeight
    look(true)
  }

  function note_place(el: HTMLElement): void {
    last_top = el.scrollTop
    last_height = el.scrollHeight
    last_client = el.clientHeight
  }
  /** The list was put elsewhere by the page. */
  function placed(el: HTMLElement): void {
    note_place(el)
    moved(el)
    look()
  }
  function on_scroll(): void {
    const el = scroller.value
    if (!el) return
    const at_end = el.scrollTop + el.clientHeight >= el.scrollHeight - END
    // What moves it while its height or its lines' changes is the page, not the reader.
    const steady = el.scrollHeight === last_height && el.clientHeight === last_client
    if (el.scrollTop < last_top - 1 && !at_end && steady) set_follow(false)
    // Only the reader goes on following by going there: a jump to one of the last lines is to stay there.
    else if (at_end && el.scrollTop > last_top && view.state.value?.attached && !selecting()) set_follow(true)
    scrolled.value = el.scrollLeft
    placed(el)
  }
  /** A wheel or a finger that goes up leaves the end at once, before a flood of lines takes the scroll position back. */
  function on_wheel(event: WheelEvent): void {
    const el = scroller.value
    if (event.deltaY < 0 && el && el.scrollHeight > el.clientHeight) set_follow(false)
  }

  const selecting = () => {
    const selection = getSelection()
    return selection !== null && !selection.isCollapsed && scroller.value?.contains(selection.anchorNode) === true
  }
  /** Selecting text pauses: what is being selected must not run away. */
  function on_selection(): void {
    if (follow.value && selecting()) set_follow(false)
  }

  /** Another log is about to be shown: nothing of the old one is kept, and it is followed unless it opens at a place. */
  function reset(at_end: boolean): void {
    pending = null
    rows.value = []
    total.value = offset.value = from.value = 0
    heights.clear()
    heights.range(0, 0)
    epoch = -1
    asked = ''
    marked.value = null
    renumbered(null)
    follow.value = at_end
  }
  function go_end(): void {
    follow.value = true
    view.send({ do: 'go_live' })
    look(true)
  }
  function go_first(): void {
    set_follow(false)
    if (view.state.value?.older === 'end' && scroller.value) scroller.value.scrollTop = 0
    else view.send({ do: 'go_first' })
  }

  // --- what changes its size

  watch(
    () => [wrap(), prefs.density],
    () => {
      const anchor = scroller.value && anchor_of(scroller.value)
      heights.base = row_height()
      heights.clear()
      note_spare()
      void nextTick(() => {
        measure()
        total.value = heights.total
        offset.value = heights.top(from.value)
        void nextTick(() => {
          const el = scroller.value
          if (!el) return
          el.scrollTop = follow.value ? el.scrollHeight : anchor ? heights.top(anchor.row) - anchor.offset : el.scrollTop
          note_place(el)
          look(true)
        })
      })
    },
  )
  const resized = new ResizeObserver(() => {
    const el = scroller.value
    if (!el) return
    if (wrap()) heights.clear()
    note_spare()
    measure()
    if (follow.value) el.scrollTop = el.scrollHeight
    note_place(el)
    look(true)
  })
  onMounted(() => {
    if (scroller.value) resized.observe(scroller.value)
    document.addEventListener('selectionchange', on_selection)
  })
  onUnmounted(() => {
    resized.disconnect()
    cancelAnimationFrame(frame)
    if (anchor_timer) clearTimeout(anchor_timer)
    document.removeEventListener('selectionchange', on_selection)
    view.attach(null)
  })

  return {
    scroller,
    rows,
    from,
    /** How far down the mounted rows stand, and how high all of them are with `spare`, in pixels. */
    offset,
    total,
    spare,
    follow,
    /** The row that keys are for, by its id. */
    marked,
    /** How far to the side it is. */
    scrolled,
    heights,
    days,
    zone,
    mounted,
    /** The numbers of the first and the last row in sight. */
    numbers_in_sight,
    epoch: () => epoch,
    set_follow,
    selecting,
    /** The details of a row are about to open: they are to be in sight. */
    reveal: (id: number) => (revealed = id),
    placed,
    on_scroll,
    on_wheel,
    hold: () => (held = true),
    release(): void {
      held = false
      if (pending && !frame) frame = requestAnimationFrame(apply)
    },
    reset,
    go_end,
    go_first,
  }
}
export type ListRows = ReturnType<typeof use_list_rows>
