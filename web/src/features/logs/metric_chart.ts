import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface Chart {
  /** Times in seconds since 1970, one column for each line; null is a break. */
  set(times: number[], columns: (number | null)[][]): void
  /** Puts the cursor at a time, as the other charts have it. */
  point(time: number | null): void
  destroy(): void
}

export interface ChartEvents {
  on_hover(time: number | null): void
  on_click(time: number): void
}

/** A small line chart without axes; it takes the size of `element` and its colours from custom properties. */
export function create_chart(element: HTMLElement, colours: string[], events: ChartEvents): Chart {
  // A canvas wants a colour, not light-dark(): the browser resolves it on an element.
  const probe = document.createElement('span')
  element.append(probe)
  const colour_of = (name: string) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const strokes = colours.map(colour_of)
  const grid = colour_of('--line')
  probe.remove()
  let hovering = false
  const plot = new uPlot(
    {
      width: Math.max(50, element.clientWidth),
      height: Math.max(20, element.clientHeight),
      padding: [4, 0, 2, 0],
      legend: { show: false },
      cursor: { x: true, y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
      axes: [{ show: false }, { show: true, size: 0, ticks: { show: false }, values: () => [], grid: { stroke: grid, width: 1 }, splits: (_, __, min, max) => [min, (min + max) / 2, max] }],
      scales: { x: { time: true }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.15 : 1] } },
      series: [{}, ...strokes.map((stroke, i) => ({ stroke, width: 1.25, points: { show: false }, ...(strokes.length <= 2 && i === 0 && { fill: translucent(stroke) }) }))],
      hooks: {
        setCursor: [
          (self) => {
            if (!hovering) return
            const index = self.cursor.idx
            events.on_hover(index == null ? null : (self.data[0][index] ?? null))
          },
        ],
      },
    },
    [[], ...strokes.map(() => [])],
    element,
  )
  plot.over.addEventListener('mouseenter', () => {
    hovering = true
  })
  plot.over.addEventListener('mouseleave', () => {
    hovering = false
    events.on_hover(null)
  })
  plot.over.addEventListener('click', () => {
    const index = plot.cursor.idx
    const time = index == null ? undefined : plot.data[0][index]
    if (time !== undefined) events.on_click(time)
  })
  const sized = new ResizeObserver(() => plot.setSize({ width: Math.max(50, element.clientWidth), height: Math.max(20, element.clientHeight) }))
  sized.observe(element)
  return {
    set: (times, columns) => {
      if (columns.length === strokes.length || times.length === 0) plot.setData([times, ...(times.length ? columns : strokes.map(() => []))])
    },
    point: (time) => {
      if (hovering) return
      if (time === null) plot.setCursor({ left: -10, top: -10 }, false)
      else plot.setCursor({ left: plot.valToPos(time, 'x'), top: 5 }, false)
    },
    destroy: () => {
      sized.disconnect()
      plot.destroy()
    },
  }
}

const translucent = (rgb: string) => rgb.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.13)')
