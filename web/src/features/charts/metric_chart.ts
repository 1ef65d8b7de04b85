import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Mark } from '@/features/range/marks'
import type { Zone } from '@/lib/format/time'
import { brushing_cursor, colours_on, draw_marks, MARK, plot_font, take_brushed, time_axis, time_zone } from './plot_parts'
import { align, type Series } from './series'

/** How one line is drawn: its colour is a custom property. */
export interface LineLook {
  colour: string
  /** What is below it is tinted. */
  filled: boolean
  /** It stands still between its points. */
  stepped: boolean
}
/** One figure over time as it is to be drawn now. `limit`: what it cannot go beyond. */
export interface DrawnLine {
  series: Series
  hidden: boolean
  limit: number | null
}
export interface ChartPicture {
  /** Seconds since 1970. */
  since: number
  until: number
  /** In the order of the looks that the chart was made with. */
  lines: readonly DrawnLine[]
  marks: readonly Mark[]
}
export interface Chart {
  set(picture: ChartPicture): void
  /** Puts the cursor at a time (s), as another chart or the log has it; null: nowhere. */
  point(time: number | null): void
  destroy(): void
}
export interface ChartEvents {
  on_hover(seconds: number | null): void
  on_click(seconds: number): void
  on_brush(since_ms: number, until_ms: number): void
}
/** What figures are: how they are written, and whether they are counted in powers of two. */
export interface Unit {
  format: (value: number) => string
  binary: boolean
  /** At least so much is at the upper edge: noise near zero must not look like load. */
  floor: number
}

// A limit that is further above the figures than this many times would press them flat: the legend tells it then.
const LIMIT_IN_SIGHT = 4
// The limits of more lines than this would hide what they limit.
const MOST_LIMITED = 2
// And the bands of more lines than this would hide one another.
const MOST_BANDED = 3
const EDGE: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } }
const POWERS = Array.from({ length: 50 }, (_, i) => 2 ** i)
const translucent = (rgb: string, alpha: number) => rgb.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`)
// How strong what is below a line is tinted, and what its figures lay between.
const BELOW = 0.13
const BETWEEN = 0.26
const NOTHING: Series = { times: [], values: [] }

/** Of which lines what their figures lay between is drawn, too: of all that are shown, unless they are so many that it would hide them. */
export function banded(lines: readonly DrawnLine[]): boolean[] {
  const few = lines.filter(({ hidden }) => !hidden).length <= MOST_BANDED
  return lines.map(({ series, hidden }) => few && !hidden && series.band !== undefined)
}

/** The greatest figure that is shown, and the limits that are in sight of it. */
export function scale_of(lines: readonly DrawnLine[], floor: number): { top: number; limits: number[] } {
  const shown = lines.filter(({ hidden }) => !hidden)
  let most = floor
  const bands = banded(shown)
  shown.forEach(({ series }, i) => {
    for (const value of bands[i] ? series.band!.greatest : series.values) if (value !== null && value > most) most = value
  })
  const limits = shown.length > MOST_LIMITED ? [] : shown.flatMap(({ limit }) => (limit !== null && limit <= most * LIMIT_IN_SIGHT ? [limit] : []))
  return { top: Math.max(most, ...limits) * 1.08, limits }
}

/** A line chart with axes in `element`, whose size it takes; colours come from custom properties. */
export function create_chart(element: HTMLElement, looks: readonly LineLook[], unit: Unit, zone: Zone, events: ChartEvents): Chart {
  const colour_of = colours_on(element)
  const strokes = looks.map(({ colour }) => colour_of(colour))
  const [muted, line, bad, good] = ['--muted', '--line', '--error', '--good'].map(colour_of) as [string, string, string, string]
  const font = plot_font(element)
  let picture: ChartPicture = { since: 0, until: 1, lines: [], marks: [] }
  let hovering = false
  let brushing = false
  const size = () => ({ width: Math.max(80, element.clientWidth), height: Math.max(40, element.clientHeight) })
  const plot: uPlot = new uPlot(
    {
      ...size(),
      padding: [MARK + 2, 4, 0, 0],
      legend: { show: false },
      ...time_zone(zone),
      cursor: brushing_cursor,
      scales: { x: { time: true, range: () => [picture.since, picture.until] }, y: { range: () => [0, scale_of(picture.lines, unit.floor).top] } },
      axes: [
        time_axis(zone, font, muted, line),
        { size: 52, gap: 4, font, stroke: muted, grid: { stroke: line, width: 1 }, ticks: { show: false }, space: 26, values: (_, splits) => splits.map((value) => (value === 0 ? '0' : unit.format(value))), ...(unit.binary && { incrs: POWERS }) },
      ],
      series: [
        {},
        ...looks.map(({ filled, stepped }, i) => ({ stroke: strokes[i]!, width: 1.4, points: { show: false }, ...(filled && { fill: translucent(strokes[i]!, BELOW) }), ...(stepped && { paths: uPlot.paths.stepped!({ align: 1 }) }) })),
        // The lower and the upper edge of each line's band.
        ...looks.flatMap(() => [EDGE, EDGE]),
      ],
      bands: looks.map((_, i) => ({ series: [looks.length + 2 * i + 2, looks.length + 2 * i + 1], fill: translucent(strokes[i]!, BETWEEN) })),
      hooks: {
        setCursor: [
          (self) => {
            if (hovering && self.cursor.left != null && self.cursor.left >= 0) events.on_hover(self.posToVal(self.cursor.left, 'x'))
          },
        ],
        setSelect: [
          (self) => {
            const brushed = brushing ? take_brushed(self) : null
            if (!brushed) return
            brushing = false
            if (brushed[1] > brushed[0]) events.on_brush(...brushed)
          },
        ],
        draw: [draw_limits, (self) => draw_marks(self, picture.marks, { bad, good, other: muted })],
      },
    },
    [[], ...looks.flatMap(() => [[], [], []])],
    element,
  )
  plot.over.addEventListener('pointerdown', () => (brushing = true))
  plot.over.addEventListener('mouseenter', () => (hovering = true))
  plot.over.addEventListener('mouseleave', () => {
    hovering = false
    events.on_hover(null)
  })
  plot.over.addEventListener('click', () => {
    brushing = false
    if (plot.cursor.left != null && plot.cursor.left >= 0) events.on_click(plot.posToVal(plot.cursor.left, 'x'))
  })
  /** Dashed, in the colour of what it limits. */
  function draw_limits({ ctx, valToPos, bbox }: uPlot): void {
    const { limits } = scale_of(picture.lines, unit.floor)
    ctx.save()
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
    picture.lines.forEach(({ limit, hidden }, i) => {
      if (hidden || limit === null || !limits.includes(limit)) return
      const y = Math.round(valToPos(limit, 'y', true))
      ctx.strokeStyle = strokes[i]!
      ctx.beginPath()
      ctx.moveTo(bbox.left, y)
      ctx.lineTo(bbox.left + bbox.width, y)
      ctx.stroke()
    })
    ctx.restore()
  }
  const sized = new ResizeObserver(() => plot.setSize(size()))
  sized.observe(element)
  return {
    set: (next) => {
      picture = next
      const bands = banded(next.lines)
      const edges = next.lines.flatMap(({ series: { times, band } }, i) => (bands[i] ? [{ times, values: band!.least }, { times, values: band!.greatest }] : [NOTHING, NOTHING]))
      const { times, columns } = align([...next.lines.map(({ series, hidden }) => (hidden ? NOTHING : series)), ...edges])
      plot.setData([times, ...columns])
    },
    point: (time) => {
      if (hovering) return
      const left = time === null ? -10 : plot.valToPos(time, 'x')
      const inside = left >= 0 && left <= plot.over.clientWidth
      plot.setCursor(inside ? { left, top: 5 } : { left: -10, top: -10 }, false)
    },
    destroy: () => {
      sized.disconnect()
      plot.destroy()
    },
  }
}
