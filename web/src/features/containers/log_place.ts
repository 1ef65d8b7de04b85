import { preferred_range } from '@/lib/prefs/prefs'

/** Where the log of an address is opened from within the page: with the range that is preferred. A link shows the same to everybody. */
export const log_place = (address: string) => ({ name: 'logs' as const, params: { address }, query: preferred_range() })
