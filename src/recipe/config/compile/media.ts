import { taskEither as TE } from 'fp-ts'
import {
  adaptive,
  type FoundDecoder,
  type FrameSampling,
  findDecoder,
  fps,
  inMemory,
  type MediaFault,
  uniform,
} from '../../../media/index.ts'
import type { RecipeMedia } from '../../recipe.ts'
import type { FramesSetting } from '../settings/data.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { type Place, pathAt } from './place.ts'

/** Frames of a clip where the configuration says nothing of them. */
const defaultFrames = 8

/** Which frames are taken. Clips that have fewer give what they have. */
const samplingOf = (given: FramesSetting = defaultFrames): FrameSampling => {
  if (typeof given === 'number') return uniform(given, { atMost: true })
  if (given.fps !== undefined) return fps(given.fps, given.min, given.max)
  return given.adaptive === undefined
    ? uniform(given.uniform ?? defaultFrames, { atMost: true })
    : adaptive({ budget: given.adaptive, atMost: true })
}

/** Megabytes of decoded frames that are kept. */
const defaultCache = 256

/** Where media lie, what decodes them and which frames are taken. `root` is given where a module makes the media. */
export const mediaOf = (
  place: Place,
  media: RunSettings['media'] = {},
  root?: string,
): TE.TaskEither<MediaFault, { readonly media: RecipeMedia; readonly found: FoundDecoder }> => {
  const { frames, pictureRate, onGap, onSizeChange, links, cache = defaultCache } = media
  const pictures = {
    ...(pictureRate === undefined ? {} : { fps: pictureRate }),
    ...(onGap === undefined ? {} : { onGap }),
    ...(onSizeChange === undefined ? {} : { onSizeChange }),
  }
  return TE.map((found: FoundDecoder) => ({
    found,
    media: {
      root: root ?? pathAt(place, media.root ?? '.'),
      decoder: cache === 0 ? found.decoder : inMemory(found.decoder, { bytes: cache * 1e6 }),
      spec: samplingOf(frames),
      ...(links === 'follow' ? { links } : {}),
    },
  }))(findDecoder({ pictures }))
}
