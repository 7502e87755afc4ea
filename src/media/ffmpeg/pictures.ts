import { function as F, taskEither as TE } from 'fp-ts'
import type { Picture } from '../timeline.ts'
import type { MediaFault } from '../types.ts'
import { run, type Session } from './program.ts'

/** About the bytes that the program prints of a picture. */
const pictureBytes = 100

/** What a run over a file gave, and what it said. */
export interface Decoded {
  readonly pictures: readonly Picture[]
  readonly said: string
}

/**
 * The pictures that decoding the file from its start gives, at most so many, with the ticks that they carry. The ticks are
 * printed by a filter: a muxer would push those that fall.
 */
export const decodedPictures = (
  session: Session,
  most = session.settings.limits.frames + 1,
): TE.TaskEither<MediaFault, Decoded> => {
  const chunks: Buffer[] = []
  return F.pipe(
    run(session, {
      before: ['-loglevel', 'repeat+error', '-copyts'],
      after: [
        ...session.program.everyFrame,
        '-frames:v',
        String(most),
        '-vf',
        // The filter prints only pictures that have something to tell.
        'scale=2:2,metadata=mode=add:key=a:value=a,metadata=mode=print:file=-',
        '-f',
        'null',
      ],
      maxBytes: 4096 + pictureBytes * (session.settings.limits.frames + 1),
      onBytes: chunk => chunks.push(chunk),
    }),
    TE.map(({ said }) => ({
      said,
      pictures: Array.from(
        Buffer.concat(chunks)
          .toString('latin1')
          .matchAll(/^frame:\d+\s+pts:(-?\d+)/gm),
        ([, pts], id) => ({ id, tick: Number(pts), damaged: false }),
      ),
    })),
  )
}
