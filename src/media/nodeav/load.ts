import { either as E, type taskEither as TE } from 'fp-ts'
import { fault, messageOf } from '../../flow/index.ts'
import { limitInWords } from '../address-space.ts'
import type { MediaFault } from '../types.ts'

/** FFmpeg in process: the low-level classes of node-av and FFmpeg's constants. */
export type Av = typeof import('node-av/lib') & typeof import('node-av/constants')

let loaded: Promise<E.Either<MediaFault, Av>> | undefined

/**
 * Loads node-av once, or says why it cannot be had (`NoDecoder`). FFmpeg's own log is silenced: what it would print
 * comes back as faults.
 */
export const loadAv: TE.TaskEither<MediaFault, Av> = () => {
  loaded ??= Promise.all([import('node-av/lib'), import('node-av/constants')]).then(
    ([lib, constants]) => {
      lib.Log.setLevel(constants.AV_LOG_QUIET)
      return E.right({ ...lib, ...constants })
    },
    (error: unknown) =>
      E.left(
        fault(
          'NoDecoder',
          `node-av does not load: ${messageOf(error)}${limitInWords()}`,
          'Install the package node-av with its optional platform package, or give the path of an ffmpeg executable.',
        ),
      ),
  )
  return loaded
}
