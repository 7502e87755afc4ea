import { either as E, type taskEither as TE } from 'fp-ts'
import { type Bounds, overdue } from '../bounds.ts'
import type { MediaFault } from '../types.ts'

/** Pictures that are read at the same time. */
const width = 4

/**
 * Reads pictures one after the other, a few at the same time, each with its position; the answers keep the order. Left: the first fault
 * by position, or what ended the call within its bounds; nothing is begun after a fault.
 */
export const eachPicture =
  <A, B>(
    pictures: readonly A[],
    bounds: Bounds,
    read: (picture: A, position: number) => TE.TaskEither<MediaFault, B>,
  ): TE.TaskEither<MediaFault, readonly B[]> =>
  async () => {
    const answers: E.Either<MediaFault, B>[] = []
    let next = 0
    let failed = false
    const lane = async (): Promise<void> => {
      while (next < pictures.length && !failed) {
        const position = next++
        const end = overdue(bounds)
        const answer = end === undefined ? await read(pictures[position]!, position)() : E.left(end)
        answers[position] = answer
        failed ||= E.isLeft(answer)
      }
    }
    await Promise.all(Array.from({ length: Math.min(width, pictures.length) }, lane))
    // What is behind a fault may not have been read; what is before it has been.
    return answers.find(answer => answer !== undefined && E.isLeft(answer)) ?? E.sequenceArray(answers)
  }
