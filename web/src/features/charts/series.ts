/** A figure over time: seconds since 1970, rising, and what it was; null: it was not known, or nobody measured. */
export interface Series {
  times: number[]
  values: (number | null)[]
  /** Where figures are the means of steps: what they lay between in each. */
  band?: Band | undefined
}
export interface Band {
  least: (number | null)[]
  greatest: (number | null)[]
}

// In which steps metric history has figures by their age, in s: a shorter range does not make them finer (`/stats`).
const KEPT = [
  { from: 2 * 86_400, step: 600 },
  { from: 6 * 3600, step: 60 },
] as const
// Samples are ten seconds apart while nobody watches.
const SPARSEST = 10
// Two figures are neighbours up to this many steps: a sample may be late.
const LATE = 1.6

/** How far apart two figures of an age may be, in s, that have nothing missing between them. `step`: that was asked for. */
export const neighbours_within = (age: number, step: number): number => LATE * Math.max(step, KEPT.find(({ from }) => age > from)?.step ?? SPARSEST)

/** The same with a break wherever figures are missing; `now` in s. */
export function with_gaps({ times, values, band }: Series, step: number, now: number): Series {
  const out: number[] = []
  const columns = [values, ...(band ? [band.least, band.greatest] : [])].map((from) => ({ from, to: [] as (number | null)[] }))
  times.forEach((time, i) => {
    const before = times[i - 1]
    if (before !== undefined && time - before > neighbours_within(now - before, step)) {
      out.push((before + time) / 2)
      for (const { to } of columns) to.push(null)
    }
    out.push(time)
    for (const { from, to } of columns) to.push(from[i]!)
  })
  const [mean, least, greatest] = columns.map(({ to }) => to)
  return { times: out, values: mean!, ...(least && greatest && { band: { least, greatest } }) }
}

/** All of them over the times of each; undefined where only another one has a figure: the line goes on. */
export function align(all: readonly Series[]): { times: number[]; columns: (number | null | undefined)[][] } {
  const times = [...new Set(all.flatMap((series) => series.times))].sort((a, b) => a - b)
  const place = new Map(times.map((time, i) => [time, i]))
  const columns = all.map((series) => {
    const column = new Array<number | null | undefined>(times.length)
    series.times.forEach((time, i) => (column[place.get(time)!] = series.values[i]!))
    return column
  })
  return { times, columns }
}

/** What it was at a time, null where that is not known. `within`: for how long, in s, a figure holds. */
export function value_at({ times, values }: Series, time: number, within: number): number | null {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! <= time) low = middle + 1
    else high = middle
  }
  return low > 0 && time - times[low - 1]! <= within ? values[low - 1]! : null
}

/** What it lay between at a time; null where that is not known, or it stood still. */
export function extent_at({ times, band }: Series, time: number, within: number): { least: number; greatest: number } | null {
  if (!band) return null
  const [least, greatest] = [value_at({ times, values: band.least }, time, within), value_at({ times, values: band.greatest }, time, within)]
  return least === null || greatest === null || least === greatest ? null : { least, greatest }
}

/** How often something had happened by a time; it begins with none at `since`. */
export function counted(happened: readonly number[], since: number, until: number): Series {
  const within = happened.filter((time) => time > since && time < until)
  return { times: [since, ...within, until], values: [0, ...within.map((_, i) => i + 1), within.length] }
}

export const has_figures = ({ values }: Series): boolean => values.some((value) => value !== null)
