import type { Collector } from '../read-rows.ts'
import type { MetricRow } from '../rows.ts'

/** Which phase wrote last, at which step, when, and how long a step takes of late. */
export interface Pace {
  readonly phase: string
  readonly step: number
  /** Seconds since 1970. */
  readonly time: number
  /** Seconds; undefined before the second step. */
  readonly secondsPerStep: number | undefined
}

/** How much the newest step counts. */
const weight = 0.2

/** How fast a run goes by the times of its rows; undefined before the first. */
export const pace = (): Collector<MetricRow, Pace | undefined> => {
  let last: Pace | undefined
  return {
    add: ({ phase, step, time }) => {
      if (last?.phase !== phase) {
        last = { phase, step, time, secondsPerStep: undefined }
        return
      }
      const steps = step - last.step
      const took = steps > 0 && time >= last.time ? (time - last.time) / steps : undefined
      const before = last.secondsPerStep
      const secondsPerStep =
        took === undefined ? before : before === undefined ? took : before + weight * (took - before)
      last = { phase, step, time, secondsPerStep }
    },
    all: () => last,
  }
}
