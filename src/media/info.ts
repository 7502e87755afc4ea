import { function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../flow/index.ts'
import { type Outline, outlineOf } from './complete.ts'
import type { PlainFile } from './file.ts'
import { editGaps } from './mp4/gaps.ts'
import { movieHeader } from './mp4/moov.ts'
import type { Layout } from './picture.ts'
import type { Timeline } from './timeline.ts'
import type { Clip, MediaFault, OnDamage } from './types.ts'

/** What an adapter knows of a file before any picture is wanted. */
export interface Info {
  readonly clip: Clip
  readonly line: Timeline
  /** Presentation ticks tell pictures apart; else they are known by their number in what decoding from the start gives. */
  readonly timed: boolean
  readonly layout: Layout
  /** What the ffmpeg program says while it goes through an opening that is skipped. */
  readonly excused?: readonly string[]
  /** More samples are declared than there are: decoding up to the last picture runs into other bytes of the file. */
  readonly overDeclared?: boolean
}

/**
 * Inspects a file unless its container declares it to be longer than it is (`Truncated`); where damage is only to be
 * stated, the clip tells how many bytes are missing.
 */
export const wholeInfo = (
  file: PlainFile,
  onDamage: OnDamage,
  inspect: (outlined: PlainFile) => TE.TaskEither<MediaFault, Info>,
): TE.TaskEither<MediaFault, Info> =>
  F.pipe(
    TE.tryCatch(
      () => outlineOf(file),
      (error): MediaFault => fault('NotFound', `${file.path} cannot be read: ${String(error)}`, 'Check the file.'),
    ),
    TE.flatMap(({ missing, samplesEnd }: Outline) =>
      missing > 0 && onDamage !== 'state'
        ? TE.left(
            fault(
              'Truncated',
              `${file.path} holds ${file.bytes} bytes, its container declares ${file.bytes + missing}`,
              "Fetch the file again, or take what is left with onDamage: 'state'.",
            ),
          )
        : F.pipe(
            inspectEdits(samplesEnd === undefined ? file : { ...file, samplesEnd }, inspect),
            TE.map(info => (missing > 0 ? { ...info, clip: { ...info.clip, missingBytes: missing } } : info)),
          ),
    ),
  )

/**
 * Inspects a file; again, with the gaps that its edits leave, where there are such: several edits are the only ones that do,
 * and with those pictures cannot be told by their ticks.
 */
const inspectEdits = (
  file: PlainFile,
  inspect: (outlined: PlainFile) => TE.TaskEither<MediaFault, Info>,
): TE.TaskEither<MediaFault, Info> =>
  F.pipe(
    inspect(file),
    TE.flatMap(info => {
      if (info.timed || file.samplesEnd === undefined) return TE.right(info)
      return F.pipe(
        TE.fromTask<Buffer | undefined, MediaFault>(() => movieHeader(file.path, file.bytes)),
        TE.map(movie => (movie === undefined ? [] : editGaps(movie))),
        TE.flatMap(gaps => (gaps.some(({ length }) => length > 0) ? inspect({ ...file, gaps }) : TE.right(info))),
      )
    }),
  )
