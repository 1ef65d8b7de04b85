import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { LEVELS } from '@/features/logs/engine/entry'
import { format_clock, format_day, type Zone } from '@/lib/format/time'
import type { Volume } from './histogram'
import type { Mark } from './marks'

export interface HistogramChart {
  /** Draws the bars of the levels in `levels`; a level that is there at all is seen. */
  set(volume: Volume, levels: number, marks: readonly Mark[]): void
  /** Shows the bars [from, to] as chosen with keys; null: none. */
  choose(bars: [number, number] | null): void
  destroy(): void
}

export interface HistogramEvents {
  /** The bar under the pointer. */
  on_hover(bar: number | null): void
  /** A bar was clicked. */
  on_bar(bar: number): void
  /** A stretch was brushed, in ms. */
  on_brush(since: number, until: number): void
}

/** Level by level from the axis up: the worst stands on it, so that errors of neighbouring bars can be compared. */
const STACK = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'] as const
const COLOURS = { fatal: '--error', error: '--error', warn: '--warn', info: '--volume-info', debug: '--volume-debug', trace: '--volume-debug', unknown: '--volume-other' } as const
// What there is of a level is drawn at least so high, as a part of the highest bar: one error beside ten thousand lines is the one that matters.
const LEAST = 0.06
// Less than this, in pixels, is a click and no brush.
const BRUSH = 5
const MARK = 7

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
  const probe = document.createElement('span')
  element.append(probe)
  const colour_of = (name: string) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const fills = STACK.map((name) => colour_of(COLOURS[name]))
  const [muted, line, bad, good] = ['--muted', '--line', '--error', '--good'].map(colour_of) as [string, string, string, string]
  const font = `10px ${getComputedStyle(element).fontFamily}`
  probe.remove()
  let volume: Volume | null = null
  let marks: readonly Mark[] = []
  const size = () => ({ width: Math.max(50, element.clientWidth), height: Math.max(24, element.clientHeight) })
  const bar_at = (plot: uPlot, left: number) => {
    if (!volume) return null
    const bar = Math.floor((plot.posToVal(left, 'x') * 1000 - volume.since) / volume.width)
    return bar >= 0 && bar < volume.counts.length ? bar : null
  }
  const label = (seconds: number, step: number) => {
    if (step >= 86_400) return format_day(seconds * 1000, zone).slice(5)
    const clock = format_clock({ ms: Math.round(seconds * 1000), ns: 0 }, zone, 'ms')
    return step < 1 ? clock.slice(3) : step < 60 ? clock.slice(0, 8) : clock.slice(0, 5)
  }
  const plot: uPlot = new uPlot(
    {
      ...size(),
      padding: [MARK + 2, 0, 0, 0],
      legend: { show: false },
      ...(zone === 'utc' && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') }),
      cursor: { x: true, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: BRUSH } },
      scales: { x: { time: true, range: () => (volume ? [volume.since / 1000, volume.until / 1000] : [0, 1]) }, y: { range: (_, __, top) => [0, top > 0 ? top * 1.02 : 1] } },
      axes: [
        { size: 15, gap: 2, font, stroke: muted, grid: { show: false }, ticks: { stroke: line, size: 3, width: 1 }, space: 64, values: (_, splits, __, ___, step) => splits.map((seconds) => label(seconds, step)) },
        { show: false },
      ],
      // The whole first, what is nearer to the axis over it.
      series: [{}, ...[...fills].reverse().map((fill) => ({ fill, width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.86, 24], align: 1 }) }))],
      hooks: {
        setCursor: [(self) => events.on_hover(self.cursor.left == null || self.cursor.left < 0 ? null : bar_at(self, self.cursor.left))],
        setSelect: [
          (self) => {
            const { left, width } = self.select
            if (width < BRUSH || !brushing) return
            brushing = false
            const [since, until] = [left, left + width].map((at) => Math.round(self.posToVal(at, 'x') * 1000)) as [number, number]
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
            if (until > since) events.on_brush(since, until)
          },
        ],
        draw: [(self) => draw_marks(self)],
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
  plot.over.addEventListener('mouseleave', () => events.on_hover(null))
  /** What happened, above the bars: a triangle is a start, a cross an end, a diamond an alert. */
  function draw_marks({ ctx, valToPos, bbox }: uPlot): void {
    const scale = devicePixelRatio
    const half = (MARK * scale) / 2
    ctx.save()
    for (const { ms, action, bad: is_bad } of marks) {
      if (!volume || ms < volume.since || ms > volume.until) continue
      const x = Math.min(bbox.left + bbox.width - half, Math.max(bbox.left + half, valToPos(ms / 1000, 'x', true)))
      const y = half + scale
      ctx.strokeStyle = ctx.fillStyle = is_bad ? bad : action === 'start' ? good : muted
      ctx.lineWidth = scale
      ctx.globalAlpha = 0.45
      ctx.beginPath()
      ctx.moveTo(x, y + half)
      ctx.lineTo(x, bbox.top + bbox.height)
      ctx.stroke()
      ctx.globalAlpha = 1
      ctx.lineWidth = 1.6 * scale
      ctx.beginPath()
      if (action === 'die' || action === 'destroy' || action === 'oom' || action === 'kill') {
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
  const sized = new ResizeObserver(() => plot.setSize(size()))
  sized.observe(element)
  return {
    set: (next, levels, what) => {
      volume = next
      marks = what
      plot.setData([next.times.map((ms) => ms / 1000), ...stack(next.counts, levels).reverse()])
    },
    choose: (bars) => {
      if (!bars || !volume) return plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
      const left = plot.valToPos((volume.since + bars[0] * volume.width) / 1000, 'x')
      plot.setSelect({ left, top: 0, width: plot.valToPos((volume.since + (bars[1] + 1) * volume.width) / 1000, 'x') - left, height: plot.over.clientHeight }, false)
    },
    destroy: () => {
      sized.disconnect()
      plot.destroy()
    },
  }
}
