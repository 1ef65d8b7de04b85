import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { brushing_cursor, colours_on, draw_marks, MARK, plot_font, take_brushed, time_axis, time_zone } from '@/features/charts/plot_parts'
import { LEVELS } from '@/features/logs/engine/entry'
import type { Zone } from '@/lib/format/time'
import type { Volume } from './histogram'
import type { Mark } from './marks'
import { touch_brush } from './touch_brush'

export interface HistogramChart {
  /** Draws the bars of the levels in `levels`; a level that is there at all is seen. */
  set(volume: Volume, levels: number, marks: readonly Mark[]): void
  /** Shows the bars [from, to] as chosen with keys; null: none. */
  choose(bars: [number, number] | null): void
  /** Puts the cursor at a time (ms), as a chart or the log has it; null: nowhere. */
  point(ms: number | null): void
  destroy(): void
}

export interface HistogramEvents {
  /** The bar under the pointer, and the time there in ms. */
  on_hover(bar: number | null, ms: number | null): void
  /** A bar was clicked. */
  on_bar(bar: number): void
  /** The first and the last bar of a stretch that a finger is choosing; nulls: it does no more. */
  on_stretch(bars: [number | null, number | null]): void
  /** A stretch was brushed, in ms. */
  on_brush(since: number, until: number): void
}

/** Level by level from the axis up: the worst stands on it, so that errors of neighbouring bars can be compared. */
const STACK = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'] as const
const COLOURS = { fatal: '--error', error: '--error', warn: '--warn', info: '--volume-info', debug: '--volume-debug', trace: '--volume-debug', unknown: '--volume-other' } as const
// What there is of a level is drawn at least so high, as a part of the highest bar: one error beside ten thousand lines is the one that matters.
const LEAST = 0.06

/** The heights of bars stacked in the order of STACK, each with what is below it. */
export function stack(counts: readonly (readonly number[])[], levels: number): number[][] {
  const shown = (bar: readonly number[], level: number) => (levels & (1 << level) ? (bar[level] ?? 0) : 0)
  const most = counts.reduce((top, bar) => Math.max(top, bar.reduce((sum, _, level) => sum + shown(bar, level), 0)), 0)
  const below = counts.map(() => 0)
  return STACK.map((name) => {
    const level = LEVELS.indexOf(name)
    return counts.map((bar, i) => {
      const lines = shown(bar, level)
      return (below[i] = below[i]! + (lines === 0 ? 0 : Math.max(lines, most * LEAST)))
    })
  })
}

/** Bars over time in `element`, whose size it takes; colours come from custom properties. */
export function create_histogram(element: HTMLElement, zone: Zone, events: HistogramEvents): HistogramChart {
  const colour_of = colours_on(element)
  const fills = STACK.map((name) => colour_of(COLOURS[name]))
  const [muted, line, bad, good] = ['--muted', '--line', '--error', '--good'].map(colour_of) as [string, string, string, string]
  const font = plot_font(element)
  let volume: Volume | null = null
  let marks: readonly Mark[] = []
  const size = () => ({ width: Math.max(50, element.clientWidth), height: Math.max(24, element.clientHeight) })
  const bar_at = (plot: uPlot, left: number) => {
    if (!volume) return null
    const bar = Math.floor((plot.posToVal(left, 'x') * 1000 - volume.since) / volume.width)
    return bar >= 0 && bar < volume.counts.length ? bar : null
  }
  let hovering = false
  const plot: uPlot = new uPlot(
    {
      ...size(),
      padding: [MARK + 2, 0, 0, 0],
      legend: { show: false },
      ...time_zone(zone),
      cursor: brushing_cursor,
      scales: { x: { time: true, range: () => (volume ? [volume.since / 1000, volume.until / 1000] : [0, 1]) }, y: { range: (_, __, top) => [0, top > 0 ? top * 1.02 : 1] } },
      axes: [
        time_axis(zone, font, muted, line),
        { show: false },
      ],
      // The whole first, what is nearer to the axis over it.
      series: [{}, ...[...fills].reverse().map((fill) => ({ fill, width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.86, 24], align: 1 }) }))],
      hooks: {
        setCursor: [
          (self) => {
            const { left } = self.cursor
            if (hovering && left != null && left >= 0) events.on_hover(bar_at(self, left), self.posToVal(left, 'x') * 1000)
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
        draw: [(self) => draw_marks(self, marks, { bad, good, other: muted })],
      },
    },
    [[], ...STACK.map(() => [])],
    element,
  )
  let brushing = false
  plot.over.addEventListener('pointerdown', () => (brushing = true))
  plot.over.addEventListener('click', () => {
    brushing = false
    const bar = plot.cursor.left == null ? null : bar_at(plot, plot.cursor.left)
    if (bar !== null) events.on_bar(bar)
  })
  const show_stretch = (left: number, right: number) => plot.setSelect({ left, top: 0, width: right - left, height: plot.over.clientHeight }, false)
  const show_none = () => plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  touch_brush(plot.over, {
    on_move: (from, to) => {
      const [left, right] = [Math.min(from, to), Math.max(from, to)]
      show_stretch(left, right)
      events.on_stretch([left, right].map((x) => bar_at(plot, Math.min(x, plot.over.clientWidth - 1))) as [number | null, number | null])
    },
    on_end: (from, to) => {
      show_none()
      events.on_stretch([null, null])
      const [since, until] = [Math.min(from, to), Math.max(from, to)].map((x) => Math.round(plot.posToVal(x, 'x') * 1000)) as [number, number]
      if (volume && until > since) events.on_brush(since, until)
    },
    on_cancel: () => {
      show_none()
      events.on_stretch([null, null])
    },
  })
  plot.over.addEventListener('mouseenter', () => (hovering = true))
  plot.over.addEventListener('mouseleave', () => {
    hovering = false
    events.on_hover(null, null)
  })
  const sized = new ResizeObserver(() => plot.setSize(size()))
  sized.observe(element)
  return {
    set: (next, levels, what) => {
      volume = next
      marks = what
      plot.setData([next.times.map((ms) => ms / 1000), ...stack(next.counts, levels).reverse()])
    },
    choose: (bars) => {
      if (!bars || !volume) return show_none()
      const edge = (bar: number) => plot.valToPos((volume!.since + bar * volume!.width) / 1000, 'x')
      show_stretch(edge(bars[0]), edge(bars[1] + 1))
    },
    point: (ms) => {
      if (hovering) return
      const inside = ms !== null && volume !== null && ms >= volume.since && ms <= volume.until
      plot.setCursor(inside ? { left: plot.valToPos(ms / 1000, 'x'), top: 5 } : { left: -10, top: -10 }, false)
    },
    destroy: () => {
      sized.disconnect()
      plot.destroy()
    },
  }
}
