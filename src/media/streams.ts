import { fault } from '../flow/index.ts'
import type { PlainFile } from './file.ts'
import type { MediaFault } from './types.ts'

/** The fault of a file without the video stream that is meant: none at all, covers only, or not so many. */
export const noVideo = (
  { path, videoStream = 0 }: PlainFile,
  streams: number,
  { videos, moving }: { readonly videos: number; readonly moving: number },
): MediaFault =>
  moving > 0
    ? fault(
        'NoVideoStream',
        `${path} has ${moving} video streams, number ${videoStream} (from 0) was asked for`,
        'Choose a videoStream that is there.',
      )
    : videos > 0
      ? fault(
          'NoVideoStream',
          `${path} has ${streams} streams; its only pictures are covers of sound (${videos})`,
          'Give a video file; a cover is no clip.',
        )
      : fault('NoVideoStream', `${path} has ${streams} streams and none is video`, 'Give a video file.')
