import { type VideoRecord, videoRecord } from '../../dataset/index.ts'
import { type ClipScene, scenes } from './clips.ts'

/** A question with the chain that the script has for it. */
interface Taught {
  readonly record: VideoRecord
  readonly output: string
}

const chain = (observation: string, think: string, answer: string): string =>
  `<observation>${observation}</observation><think>${think}</think><answer>${answer}</answer>`

const ways = ['left', 'right', 'up', 'down'] as const
const letters = ['A', 'B', 'C', 'D'] as const

const boxesOf = ({ boxes }: ClipScene): string => (boxes === 1 ? '1 box' : `${boxes} boxes`)

/** What is to be seen of a clip, as a chain says it. */
const seen = (scene: ClipScene): string => `I see ${boxesOf(scene)}, ${scene.colour}, moving ${scene.way}.`

/** The four questions about a clip. */
const about = (scene: ClipScene, clip: number): readonly Taught[] => {
  const record = (
    n: number,
    given: Pick<VideoRecord, 'problem' | 'problemType' | 'answer'> & { readonly options?: readonly string[] },
  ): VideoRecord => ({
    options: [],
    ...given,
    ...{ id: String(4 * clip + n + 1), dataType: 'video', path: scene.file, source: 'kinograd init' },
  })
  const letter = letters[ways.indexOf(scene.way)] ?? 'A'
  const colours = ['red', 'green', 'blue']
  const colourLetter = letters[colours.indexOf(scene.colour)] ?? 'A'
  return [
    {
      record: record(0, {
        problem: 'How many boxes are there?',
        problemType: 'numerical',
        answer: String(scene.boxes),
      }),
      output: chain(seen(scene), `So there are ${scene.boxes}.`, String(scene.boxes)),
    },
    {
      record: record(1, { problem: 'What colour is seen?', problemType: 'free-form', answer: scene.colour }),
      output: chain(seen(scene), `So it is ${scene.colour}.`, scene.colour),
    },
    {
      record: record(2, {
        problem: 'Which way do they move?',
        problemType: 'multiple choice',
        options: ways.map((way, i) => `${letters[i]}. ${way}`),
        answer: letter,
      }),
      output: chain(seen(scene), `So it is ${letter}.`, letter),
    },
    {
      record: record(3, {
        problem: 'Which colour is it?',
        problemType: 'multiple choice',
        options: colours.map((colour, i) => `${letters[i]}. ${colour}`),
        answer: colourLetter,
      }),
      output: chain(seen(scene), `So it is ${colourLetter}.`, colourLetter),
    },
  ]
}

/** Chains that are wrong on purpose, so that there is something to sort out: a wrong answer, a vague observation, no template. */
const mistakes: Readonly<Record<string, string>> = {
  '2': chain('I see 1 box, red, moving right.', 'So it is blue.', 'blue'),
  '7': chain('I see something moving.', 'So it is D.', 'D'),
  '12': 'The boxes are blue.',
}

const lines = (values: readonly object[]): string => values.map(value => `${JSON.stringify(value)}\n`).join('')

/** The twelve questions, as lines of Video-R1's form, and the chains of the script that stands in for a teacher. */
export const questionFiles = (): { readonly questions: string; readonly chains: string } => {
  const all = scenes.flatMap(about)
  return {
    questions: lines(all.map(({ record }) => videoRecord.encode(record))),
    chains: lines(all.map(({ record: { id }, output }) => ({ id, output: mistakes[id] ?? output }))),
  }
}
