import type { Mistake } from '../codec/mistake.ts'
import { exactlyOne } from '../codec/settings.ts'
import type { RunSettings } from '../settings/run-settings.ts'

/** Bounds that go the right way round, and one way of taking frames. */
export const mediaRules = ({ media }: RunSettings): readonly Mistake[] => {
  const { frames, pixels = {} } = media ?? {}
  const bounds = Object.entries(pixels).flatMap(([kind, given]) =>
    given !== undefined && given.min > given.max
      ? [{ path: ['media', 'pixels', kind], says: `goes from ${given.min} to ${given.max}: give the smaller as min` }]
      : [],
  )
  if (frames === undefined || typeof frames === 'number') return bounds
  const one = exactlyOne(['uniform', 'fps', 'adaptive'], 'uniform: 8')(frames)
  const surplus = (['min', 'max'] as const).filter(name => frames[name] !== undefined && frames.fps === undefined)
  const { min = 4, max = 16 } = frames
  return [
    ...bounds,
    ...one.map(({ path, says }) => ({ path: ['media', 'frames', ...path], says })),
    ...surplus.map(name => ({ path: ['media', 'frames', name], says: 'belongs to fps alone: leave it away' })),
    ...(frames.fps !== undefined && min > max
      ? [
          {
            path: ['media', 'frames'],
            says: `takes at least ${min} frames and at most ${max}: give the smaller as min`,
          },
        ]
      : []),
  ]
}
