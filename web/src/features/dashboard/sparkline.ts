/**
 * The path of a small line chart of the newest `points` values, right-aligned in `width` × `height`. A missing value (NaN) is a break in
 * the line. `top` is the value at the upper edge.
 */
export function spark_path(values: ArrayLike<number>, points: number, top: number, width: number, height: number): string {
  const step = width / (points - 1)
  const from = Math.max(0, values.length - points)
  let path = ''
  let pen = false
  for (let i = from; i < values.length; i += 1) {
    const value = values[i]!
    if (Number.isNaN(value)) {
      pen = false
      continue
    }
    const x = width - (values.length - 1 - i) * step
    const y = height - Math.min(1, Math.max(0, value / top)) * (height - 1.5) - 0.75
    path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    pen = true
  }
  return path
}

/** The largest of the newest `points` values, at least `floor`: so that noise near zero does not look like load. */
export function spark_top(values: ArrayLike<number>, points: number, floor: number): number {
  let top = floor
  for (let i = Math.max(0, values.length - points); i < values.length; i += 1) if (values[i]! > top) top = values[i]!
  return top
}
