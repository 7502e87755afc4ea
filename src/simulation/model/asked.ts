import type { Station, Trying } from '../network/job.ts'

/** Somebody who is asked over a network: how answers come, and what is allowed. */
export interface AskedModel extends Trying {
  /** Requests under way at once; as many as are asked when not given. */
  readonly atOnce?: number
  /** Requests that begin in any 60 seconds. */
  readonly perMinute?: number
  /** What an attempt costs. */
  readonly dollars?: number
}

/** Its station. */
export const stationOf = ({ atOnce = Number.POSITIVE_INFINITY, perMinute }: AskedModel): Station => ({
  servers: atOnce,
  ...(perMinute === undefined ? {} : { perMinute }),
})
