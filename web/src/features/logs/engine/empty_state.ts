import { LEVELS } from './entry'
import type { ViewState } from './view_messages'

/** The state of a view of which nothing is known yet. */
export const empty_state = (): ViewState => ({
  phase: 'loading',
  problem: null,
  stale: false,
  live: false,
  attached: true,
  fresh: 0,
  older: 'idle',
  newer: 'end',
  counts: LEVELS.map(() => 0),
  whole: { lines: 0, since: null },
  records: 0,
  searching: false,
  readers: {},
  find: { query: '', total: 0, at: 0 },
})
