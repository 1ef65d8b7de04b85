import { format_cores, format_count, format_memory, format_percent, format_rate } from '@/lib/format/numbers'
import type { Unit } from './metric_chart'

const whole = (value: number) => format_count(Math.round(value))

/** What figures of containers are measured in. */
export const UNITS = {
  cores: { format: format_cores, binary: false, floor: 0.05 },
  memory: { format: format_memory, binary: true, floor: 8 * 1024 * 1024 },
  rate: { format: format_rate, binary: false, floor: 1000 },
  share: { format: format_percent, binary: false, floor: 0.05 },
  count: { format: whole, binary: false, floor: 4 },
} as const satisfies Record<string, Unit>
