export { adaptiveIndices } from './adaptive.ts'
export { addressSpaceLimit } from './address-space.ts'
export { type CacheOptions, cached } from './cache/cached.ts'
export { rateOf } from './clip.ts'
export { contactSheet, type SheetOptions } from './contact-sheet.ts'
export { type FfmpegOptions, ffmpeg } from './ffmpeg/adapter.ts'
export { type FindOptions, type FoundDecoder, findDecoder } from './find.ts'
export { type ImageOptions, readImage } from './image.ts'
export { inMemory } from './in-memory.ts'
export { jpeg } from './jpeg.ts'
export { withMediaFile } from './lent-file.ts'
export { type ForeignPart, foreignParts } from './licence/foreign-parts.ts'
export { defaultLimits, type Limits } from './limits.ts'
export { type NodeAvOptions, nodeAv } from './nodeav/adapter.ts'
export { encodeVideo, type VideoOptions } from './nodeav/encode.ts'
export { type PatchOptions, patches, qwenMean, qwenStd, secondsPerGrid } from './patches.ts'
export { type MediumAt, mediumAt } from './pictures/medium-at.ts'
export type { PictureOptions } from './pictures/options.ts'
export { type PictureDecoder, withPictures } from './pictures/with-pictures.ts'
export { type Resizing, resize } from './resize.ts'
export { sample, sampleIndices } from './sample.ts'
export { adaptive, atTimes, type FrameSampling, fps, frameCount, indicesAt, spaced, uniform } from './sampling.ts'
export { perFrameMax, type SizeBounds, smartResize, videoR1Bounds, videoR1ImageBounds } from './smartresize.ts'
export type {
  Clip,
  ClipWindow,
  Decoder,
  Frames,
  MediaFault,
  OnDamage,
  OnSizeChange,
  Patches,
  PictureSource,
  PixelShape,
  StillKind,
} from './types.ts'
export { clipWindow } from './window.ts'
