import { taskEither as TE } from 'fp-ts'
import type { Annotator, Judge } from 'kinograd/teacher'
import { brightnessOf } from './set.ts'

/** A chain in the template of VideoP2R. */
export const chain = (seen: string, answer: string) =>
  `<observation>${seen}</observation><think>So there are ${answer}.</think><answer>${answer}</answer>`

/** A script in place of a teacher. It counts in the frames that it is shown, and is sometimes wrong, vague, or off the template. */
export const annotator: Annotator = {
  name: 'scripted',
  annotate: ({ record, frames: { data } }) => {
    const mean = data.reduce((sum, byte) => sum + byte, 0) / data.length
    const [boxes, mood] = [Math.round(mean / brightnessOf(1)), Number(record.id) % 23]
    const said = String(mood === 5 ? boxes + 1 : boxes)
    return TE.right(
      mood === 11 ? `There are ${said}.` : chain(mood === 17 ? 'I see some boxes.' : `I see ${said} boxes.`, said),
    )
  },
}

/** A rule in place of a judge: an observation is enough if it holds the answer. */
export const judge: Judge = {
  name: 'rule',
  judge: ({ record, observation }) => TE.right({ sufficient: observation.includes(record.answer) }),
}
