import type { StatSample } from '@/lib/api/types'

/** The metrics that the page shows, in the order of a packed row. */
export const METRICS = ['cpu', 'memory', 'memory_limit', 'net_rx', 'net_tx', 'block_read', 'block_write'] as const
export type Metric = (typeof METRICS)[number]

/** A row is the time (ms since 1970) and the metrics; NaN where there is no figure. */
export const STAT_WIDTH = METRICS.length + 1

/** Packs samples so that they travel from the worker to the page as one buffer. */
export function pack_samples(samples: readonly StatSample[]): Float64Array<ArrayBuffer> {
  const packed = new Float64Array(samples.length * STAT_WIDTH)
  samples.forEach((sample, i) => {
    packed[i * STAT_WIDTH] = Date.parse(sample.time)
    METRICS.forEach((metric, m) => {
      packed[i * STAT_WIDTH + 1 + m] = sample[metric] ?? NaN
    })
  })
  return packed
}
