import uPlot from 'uplot'
import type { Mark } from '@/features/range/marks'
import { format_clock, format_day_of_year, type Zone } from '@/lib/format/time'

/** What plots of different kinds have in common. */

/** The colour that a custom property has on an element: a canvas wants a colour, not light-dark(), which the browser resolves on an element. */
export function colours_on(element: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = document.createElement('span')
    element.append(probe)
    probe.style.color = `var(${name})`
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }
}

export const plot_font = (element: HTMLElement): string => `10px ${getComputedStyle(element).fontFamily}`

/** What tells times of a step apart. */
function time_label(seconds: number, step: number, zone: Zone): string {
  if (step >= 86_400) return format_day_of_year(seconds * 1000, zone)
  const clock = format_clock({ ms: Math.round(seconds * 1000), ns: 0 }, zone, 'ms')
  return step < 1 ? clock.slice(3) : step < 60 ? clock.slice(0, 8) : clock.slice(0, 5)
}

// Half a character of a label, in pixels.
const HALF_CHARACTER = 2.9
/** Labels of which nothing is cut off at the edges: the others are empty. `at`: where each one's middle is, in pixels of the `width` there is. */
export const whole_labels = (labels: readonly string[], at: (label: number) => number, width: number): string[] =>
  labels.map((label, i) => (at(i) >= label.length * HALF_CHARACTER && at(i) <= width - label.length * HALF_CHARACTER ? label : ''))

/** The axis of times, and what uPlot has to be told of the zone. */
export const time_axis = (zone: Zone, font: string, muted: string, line: string): uPlot.Axis => ({
  size: 15,
  gap: 2,
  font,
  stroke: muted,
  grid: { show: false },
  ticks: { stroke: line, size: 3, width: 1 },
  space: 56,
  values: ({ valToPos, bbox, width }, splits, __, ___, step) =>
    whole_labels(splits.map((seconds) => time_label(seconds, step, zone)), (i) => bbox.left / devicePixelRatio + valToPos(splits[i]!, 'x'), width),
})
export const time_zone = (zone: Zone): Pick<uPlot.Options, 'tzDate'> => (zone === 'utc' ? { tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') } : {})

// Less than this, in pixels, is a click and no brush.
const BRUSH = 5
/** A cursor that brushes times. */
export const brushing_cursor: uPlot.Cursor = { x: true, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: BRUSH } }
/** Takes the times (ms) that were brushed away from a plot; null: it was a click. */
export function take_brushed(plot: uPlot): [number, number] | null {
  const { left, width } = plot.select
  if (width < BRUSH) return null
  const [since, until] = [left, left + width].map((at) => Math.round(plot.posToVal(at, 'x') * 1000)) as [number, number]
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  return [since, until]
}

export interface MarkColours {
  bad: string
  good: string
  other: string
}
/** The height of a mark, in CSS pixels: so much room is above what is drawn. */
export const MARK = 7
const ENDS = ['die', 'destroy', 'oom', 'kill']

// More marks than this would hide with their lines what they stand above.
const MOST_RULES = 12

/** Those of some marks that have room beside each other: what is bad first. `at`: where each one is, in any unit, `room` apart in the same. */
export function with_room<Kind extends Pick<Mark, 'bad'>>(marks: readonly Kind[], at: (mark: Kind) => number, room: number): Kind[] {
  const taken: number[] = []
  const fits = (mark: Kind) => !taken.some((other) => Math.abs(other - at(mark)) < room) && taken.push(at(mark)) > 0
  return [...marks.filter(({ bad }) => bad).filter(fits), ...marks.filter(({ bad }) => !bad).filter(fits)]
}

/** What happened, above the plot: a triangle is a start, a cross an end, a diamond an alert. */
export function draw_marks({ ctx, valToPos, bbox, scales }: uPlot, marks: readonly Mark[], colours: MarkColours): void {
  const scale = devicePixelRatio
  const half = (MARK * scale) / 2
  const { min, max } = scales.x!
  if (min == null || max == null) return
  const shown = with_room(marks.filter(({ ms }) => ms >= min * 1000 && ms <= max * 1000), ({ ms }) => valToPos(ms / 1000, 'x', true), MARK * scale)
  ctx.save()
  for (const { ms, action, bad } of shown) {
    const x = Math.min(bbox.left + bbox.width - half, Math.max(bbox.left + half, valToPos(ms / 1000, 'x', true)))
    const y = half + scale
    ctx.strokeStyle = ctx.fillStyle = bad ? colours.bad : action === 'start' ? colours.good : colours.other
    if (shown.length <= MOST_RULES) {
      ctx.lineWidth = scale
      ctx.globalAlpha = 0.45
      ctx.beginPath()
      ctx.moveTo(x, y + half)
      ctx.lineTo(x, bbox.top + bbox.height)
      ctx.stroke()
      ctx.globalAlpha = 1
    }
    ctx.lineWidth = 1.6 * scale
    ctx.beginPath()
    if (ENDS.includes(action)) {
      ctx.moveTo(x - half, y - half)
      ctx.lineTo(x + half, y + half)
      ctx.moveTo(x + half, y - half)
      ctx.lineTo(x - half, y + half)
      ctx.stroke()
    } else {
      ctx.moveTo(x, y - half)
      ctx.lineTo(x + half, action === 'alert' ? y : y + half)
      ctx.lineTo(action === 'alert' ? x : x - half, y + half)
      if (action === 'alert') ctx.lineTo(x - half, y)
      ctx.fill()
    }
  }
  ctx.restore()
}
