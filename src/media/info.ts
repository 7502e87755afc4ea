import { function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { missingBytes } from './complete.ts'
import type { PlainFile } from './file.ts'
import type { Layout } from './picture.ts'
import type { Timeline } from './timeline.ts'
import type { Clip, MediaFault, OnDamage } from './types.ts'

/** What an adapter knows of a file before any picture is wanted. */
export interface Info {
  readonly clip: Clip
  readonly line: Timeline
  /** Packets carry presentation times, so that pictures can be told apart before decoding. */
  readonly timed: boolean
  readonly layout: Layout
}

/**
 * Inspects a file unless its container declares it to be longer than it is (`Truncated`); where damage is only to be
 * stated, the clip tells how many bytes are missing.
 */
export const wholeInfo = (
  file: PlainFile,
  onDamage: OnDamage,
  inspect: TE.TaskEither<MediaFault, Info>,
): TE.TaskEither<MediaFault, Info> =>
  F.pipe(
    TE.tryCatch(
      () => missingBytes(file),
      (error): MediaFault => fault('NotFound', `${file.path} cannot be read: ${String(error)}`, 'Check the file.'),
    ),
    TE.flatMap(missing =>
      missing > 0 && onDamage === 'refuse'
        ? TE.left(
            fault(
              'Truncated',
              `${file.path} holds ${file.bytes} bytes, its container declares ${file.bytes + missing}`,
              "Fetch the file again, or take what is left with onDamage: 'state'.",
            ),
          )
        : F.pipe(
            inspect,
            TE.map(info => (missing > 0 ? { ...info, clip: { ...info.clip, missingBytes: missing } } : info)),
          ),
    ),
  )
