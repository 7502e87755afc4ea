import { constant, cosine, type Schedule } from '../../../engine/tfjs/index.ts'
import type { RlSetting } from '../settings/phases.ts'

/** The learning rate by step: a cosine from the rate down to 0, VideoP2R's, or to a share of it, or the rate itself; behind a linear warm-up. */
export const scheduleOf =
  ({ schedule = 'cosine', warmup = 0, floor = 0 }: Pick<RlSetting, 'schedule' | 'warmup' | 'floor'>) =>
  (rate: number, steps: number): Schedule =>
    schedule === 'constant' ? constant(rate, { warmup }) : cosine(rate, { steps, warmup, floor })
