import { either as E, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import {
  adherenceIn,
  answeringReader,
  type EvaluatedPolicy,
  examine,
  extractingReader,
  faithfulOf,
  mismatchOf,
  perceptionExamination,
  shareOf,
  templateAdherence,
  thinkAnswerMismatch,
} from 'kinograd/evaluation'
import { items, iterate } from 'kinograd/flow'
import { nodeAv } from 'kinograd/media'
import type { Teacher } from 'kinograd/teacher'
import { describe, expect, test } from 'vitest'
import { workplace } from './made.ts'

const signal = new AbortController().signal
const record: VideoRecord = {
  ...{
    id: '1',
    problem: 'What rolls?',
    problemType: 'multiple choice',
    dataType: 'video',
    path: 'clips/0.mp4',
    source: '',
  },
  ...{ options: ['A. a box', 'B. a ball', 'C. a ball', 'D. nothing'], answer: 'B' },
}
const output = (think: string, answer: string) =>
  `<observation>A round ball rolls.</observation><think>${think}</think><answer>${answer}</answer>`
const usage = { inputTokens: 0, outputTokens: 0 }
/** A teacher that says these in turn, and notes what it was asked. */
const saying = (...texts: readonly string[]) => {
  const asked: string[] = []
  const teacher: Teacher = {
    name: 'script',
    ask: ({ prompt }) => {
      asked.push(prompt)
      return TE.right({ text: texts[Math.min(asked.length, texts.length) - 1] ?? '', usage })
    },
  }
  return { teacher, asked }
}

describe('think–answer mismatch', () => {
  test.each([
    ['So the answer is B.', 'B', false],
    ['So the answer is A.', 'B', true],
    ['First A seems right. No, it must be D.', 'D', false],
    // Options with equal texts are one answer.
    ['So the answer is C.', 'B', false],
    ['I cannot say.', 'B', true],
  ] as const)('%s, and %s', async (think, answer, differs) => {
    const found = await mismatchOf()(record, { think, answer }, signal)()
    expect(E.isRight(found) && found.right.differs).toBe(differs)
  })

  test('leaves out what settles on nothing, where that is asked for, and what has no thinking', async () => {
    const undecided = await mismatchOf({ undecided: 'left out' })(record, { think: 'Hm.', answer: 'B' }, signal)()
    expect(E.isLeft(undecided) && undecided.left._tag).toBe('Undecided')
    const outputs = ['So B.', 'So A.', 'So the answer is B.'].map(think => ({ record, output: output(think, 'B') }))
    const stream = items([...outputs, { record, output: '<answer>B</answer>' }]).pipe(thinkAnswerMismatch())
    const share = await shareOf(stream, ({ mismatch }) => mismatch.differs)
    expect(share).toMatchObject({ yes: 1, of: 3, failed: 1, reasons: { NoThinking: 1 } })
  })

  test('asks a judge by the paper’s question, again where it cannot be read, and never takes that for a none', async () => {
    const { teacher, asked } = saying('Well.', 'It is a box. <extraction>A</extraction>')
    const found = await mismatchOf({ reader: extractingReader(teacher) })(
      record,
      { think: 'It is a box.', answer: 'B' },
      signal,
    )()
    expect(found).toEqual(E.right({ concluded: 'A', answered: 'B', differs: true }))
    expect(asked).toHaveLength(2)
    expect(asked[0]).toContain('A. a box')
    const silent = await mismatchOf({ reader: extractingReader(saying('Well.').teacher) })(
      record,
      { think: 'Hm.', answer: 'B' },
      signal,
    )()
    expect(E.isLeft(silent) && silent.left._tag).toBe('Unreadable')
  })
})

describe('faithfulness', () => {
  const policy = (answer: string): EvaluatedPolicy => ({
    name: 'reader',
    answer: () => TE.right(`<answer>${answer}</answer>`),
  })
  test('holds the answer against what a reader derives from the observation alone', async () => {
    const agrees = async (derived: string) => {
      const found = await faithfulOf(answeringReader(policy(derived)))(
        record,
        { observation: 'A ball.', answer: 'B' },
        signal,
      )()
      return E.isRight(found) && found.right.agrees
    }
    expect([await agrees('B'), await agrees('A'), await agrees('C')]).toEqual([true, false, true])
    const none = await faithfulOf(answeringReader(policy('B')))(
      record,
      { observation: undefined, answer: 'B' },
      signal,
    )()
    expect(E.isLeft(none) && none.left._tag).toBe('NoObservation')
  })
})

describe('perception examination', () => {
  /** Sees a ball in frames, reads one in observations, and guesses otherwise. */
  const reader: EvaluatedPolicy = {
    name: 'reader',
    answer: ({ prompt, frames, observation }) =>
      TE.right(
        `<answer>${observation !== undefined && prompt.includes(observation) ? 'B' : frames === undefined ? 'D' : 'C'}</answer>`,
      ),
  }
  test('has the reader answer under four conditions, from the same clip', async () => {
    const root = await workplace({})
    const examination = perceptionExamination({ reader, media: { decoder: nodeAv(), root } })
    const given = [
      { record, output: output('So B.', 'B') },
      { record: { ...record, id: '2' }, output: '<answer>B</answer>' },
    ]
    const found = []
    for await (const one of iterate(examination(given)))
      found.push(
        E.isRight(one)
          ? Object.entries(one.right.examined).map(([name, { score }]) => [name, score.prediction])
          : one.left.fault._tag,
      )
    const four = [
      ['clip', 'C'],
      ['clip+observation', 'B'],
      ['text', 'D'],
      ['text+observation', 'B'],
    ]
    expect(found).toEqual([four, 'NoObservation'])
  })
  test('says what is lacking', async () => {
    const found = await examine({ reader })(record, output('So B.', 'B'), {}, signal)()
    expect(E.isLeft(found) && found.left._tag).toBe('NoFrames')
  })
})

describe('template adherence', () => {
  test('is of a hundred outputs by chance, the same for the same seed', async () => {
    const given = Array.from({ length: 400 }, (_, n) => ({
      record,
      output: n % 4 === 0 ? '<answer>B</answer>' : output('So B.', 'B'),
    }))
    const share = (seed: number) =>
      shareOf(items(given).pipe(templateAdherence()), one => one.adherence.adheres, { sample: 100, seed })
    const [first, again, other] = [await share(1), await share(1), await share(2)]
    expect(first.of).toBe(100)
    expect(again).toEqual(first)
    for (const { value = 0 } of [first, other]) expect(Math.abs(value - 0.75)).toBeLessThan(0.15)
  })
  test('tells where an output first departs', () => {
    expect(adherenceIn()(`Well. ${output('So B.', 'B')}`).fault).toMatchObject({ tag: 'TextOutside', position: 0 })
  })
})
