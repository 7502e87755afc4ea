import { either as E } from 'fp-ts'
import { fault } from '../flow/index.ts'
import type { Clip, MediaFault } from './types.ts'

/** The indices in the whole file of frames of a clip. `BadSampling` outside of its window. */
export const wholeIndices = (
  { path, window, frameCount }: Clip,
  indices: readonly number[],
): E.Either<MediaFault, readonly number[]> => {
  if (window === undefined) return E.right(indices)
  const outside = indices.find(index => !(index >= 0 && index < frameCount))
  return outside === undefined
    ? E.right(indices.map(index => index + window.first))
    : E.left(
        fault(
          'BadSampling',
          `${path} has frames 0 to ${frameCount - 1} from ${window.start} to ${window.end} s, asked for ${outside}`,
          'Sample within the window.',
        ),
      )
}

/** What lies within the window of a clip, of a list with one entry a frame of the whole file. */
export const inWindow = <A>({ window, frameCount }: Clip, list: readonly A[]): readonly A[] =>
  window === undefined ? list : list.slice(window.first, window.first + frameCount)

/** Tells clips apart that are made of one file: another part, stream, or size. */
export const clipKey = ({ window, frameCount, videoStream, width, height }: Clip): string =>
  `${window?.first ?? 0}+${frameCount} ${videoStream ?? ''} ${width}x${height}`
