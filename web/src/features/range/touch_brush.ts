/** Where a finger is on an element, from its left edge in pixels: from where it came down to where it is. */
export interface TouchBrush {
  /** It moves along the element. */
  on_move(from: number, to: number): void
  /** It was lifted there; null: the touch is no brush any more (the page is scrolled, say). */
  on_end(from: number, to: number): void
  on_cancel(): void
}

// A finger that moves less than this, in pixels, taps.
const TAP = 10

/**
 * Brushing with a finger, beside what a mouse does: along the element it chooses a stretch, across it scrolls the page as ever (the element
 * has `touch-action: pan-y`).
 */
export function touch_brush(element: HTMLElement, brush: TouchBrush): void {
  let touch: { id: number; from: number } | null = null
  let moved = false
  const at = (event: PointerEvent) => {
    const box = element.getBoundingClientRect()
    return Math.min(box.width, Math.max(0, event.clientX - box.left))
  }
  element.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'touch' || touch) return
    touch = { id: event.pointerId, from: at(event) }
    moved = false
    element.setPointerCapture(event.pointerId)
  })
  element.addEventListener('pointermove', (event) => {
    if (event.pointerId !== touch?.id) return
    const to = at(event)
    moved ||= Math.abs(to - touch.from) >= TAP
    if (moved) brush.on_move(touch.from, to)
  })
  element.addEventListener('pointerup', (event) => {
    if (event.pointerId !== touch?.id) return
    const { from } = touch
    touch = null
    if (moved) brush.on_end(from, at(event))
  })
  element.addEventListener('pointercancel', (event) => {
    if (event.pointerId !== touch?.id) return
    touch = null
    brush.on_cancel()
  })
}
