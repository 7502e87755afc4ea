import type { Timeline } from './timeline.ts'
import type { Clip } from './types.ts'

/** What an adapter knows of a file before any picture is wanted. */
export interface Info {
  readonly clip: Clip
  readonly line: Timeline
  /** Packets carry presentation times, so that pictures can be told apart before decoding. */
  readonly timed: boolean
}
