import { adamw, chain, clipByGlobalNorm, type Optimiser } from '../../tfjs/train/optimiser.ts'
import type { AdamSettings } from './served.ts'

const optimiserOf = ({ clip, ...settings }: AdamSettings): Optimiser =>
  chain(clipByGlobalNorm(clip > 0 ? clip : Number.POSITIVE_INFINITY), adamw(settings))

/** AdamW behind a clipped gradient, whose settings may change between two steps; what it remembers stays. */
export const adjustable = (): {
  readonly optimiser: Optimiser
  readonly settle: (settings: AdamSettings) => void
} => {
  let current = optimiserOf({ beta1: 0.9, beta2: 0.95, epsilon: 1e-12, weightDecay: 0, clip: 0 })
  return {
    optimiser: {
      init: size => current.init(size),
      update: (...given) => current.update(...given),
      inPieces: 'withNorm',
    },
    settle: settings => {
      current = optimiserOf(settings)
    },
  }
}
