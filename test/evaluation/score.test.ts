import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { either as E } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import { benchmarkScorer, rightLetters, scoreOutput } from 'kinograd/evaluation'
import { describe, expect, test } from 'vitest'

const golden = fileURLToPath(new URL('../../../shared/golden/rewards.json', import.meta.url))
const base = { id: '1', problem: 'Which?', dataType: 'video', path: 'a.mp4', source: '' } as const
const choice = (options: readonly string[], answer: string): VideoRecord => ({
  ...base,
  ...{ problemType: 'multiple choice', options, answer },
})
const colours = ['A. red', 'B. blue', 'C. red', 'D. green']

const reward = (record: VideoRecord, output: string, reading: 'tags' | 'prose' | 'none') => {
  const found = scoreOutput({ reading })(record, output)
  return E.isRight(found) ? found.right : found.left._tag
}

describe.skipIf(!existsSync(golden))('Video-R1’s own benchmark scores (skipped: no golden file)', () => {
  test('are ours by the default reading', () => {
    const { cases } = JSON.parse(readFileSync(golden, 'utf8')) as {
      cases: {
        kind: string
        problemType: VideoRecord['problemType']
        completion: string
        solution: string
        expected: number
      }[]
    }
    const evaluated = cases.filter(({ kind }) => kind === 'evaluation')
    expect(evaluated.length).toBeGreaterThan(100)
    for (const { problemType, completion, solution, expected } of evaluated) {
      const answer = /<answer>\s*([\s\S]*?)\s*<\/answer>/.exec(solution)?.[1] ?? ''
      const found = scoreOutput()({ ...base, problemType, options: [], answer }, completion)
      expect(E.isRight(found) && Math.abs(found.right.reward - expected) < 1e-6, completion).toBe(true)
    }
  })
})

describe('the three readings', () => {
  const record = choice(colours.slice(0, 2), 'B')
  test.each([
    ['<answer>B</answer>', [1, 1, 0], ['tags', 'tags', 'none']],
    ['<answer>B. blue</answer>', [0, 1, 0], ['tags', 'tags', 'none']],
    ['B', [1, 1, 1], ['none', 'prose', 'none']],
    ['So it must be B.', [0, 1, 0], ['none', 'prose', 'none']],
    ['I cannot tell.', [0, 0, 0], ['none', 'none', 'none']],
    ['<think>A?</think> The answer is blue.', [0, 1, 0], ['none', 'prose', 'none']],
  ] as const)('%s', (output, rewards, read) => {
    const found = (['tags', 'prose', 'none'] as const).map(reading => reward(record, output, reading))
    expect(found.map(one => (typeof one === 'string' ? one : one.reward))).toEqual(rewards)
    expect(found.map(one => (typeof one === 'string' ? one : one.read))).toEqual(read)
  })

  test('read numbers alike: mean relative accuracy in float32', () => {
    const metres = { ...base, problemType: 'regression', options: [], answer: '10' } as const
    expect(reward(metres, '<answer>8</answer>', 'tags')).toMatchObject({ reward: Math.fround(0.6) })
    expect(reward(metres, 'It is about 8 m wide.', 'prose')).toMatchObject({ reward: Math.fround(0.6), read: 'prose' })
    expect(reward(metres, 'It is about 8 m wide.', 'tags')).toMatchObject({
      reward: 0,
      prediction: 'It is about 8 m wide.',
    })
    expect(reward({ ...metres, answer: 'wide' }, '8', 'prose')).toBe('BadTruth')
  })

  test('keep the thinking, and tell letters beyond the options', () => {
    expect(reward(record, '<think> Hm. </think><answer>G</answer>', 'tags')).toMatchObject({
      ...{ process: '<think>Hm.</think>', outside: true, correct: false },
    })
  })

  test('fail a type that has no score, and never call it wrong', () => {
    const essay = JSON.parse(JSON.stringify({ ...record, problemType: 'essay' }))
    expect(reward(essay, '<answer>B</answer>', 'tags')).toBe('UnknownProblemType')
  })

  test('score texts by their training reward, for which the script has none', () => {
    const ocr = { ...base, problemType: 'OCR', options: [], answer: 'the quick brown fox' } as const
    expect(reward(ocr, '<answer>the quick fox</answer>', 'tags')).toMatchObject({ reward: 0.75 })
  })
})

describe('options with equal texts', () => {
  test('are one answer', () => {
    expect(rightLetters(choice(colours, 'A'))).toEqual(['A', 'C'])
    expect(rightLetters(choice(colours, 'red'))).toEqual(['A', 'C'])
    expect(rightLetters(choice(colours, 'B'))).toEqual(['B'])
  })
  test('where the answer is read, or stands in the file as a text', () => {
    expect(reward(choice(colours, 'A'), '<answer>red</answer>', 'prose')).toMatchObject({ reward: 1 })
    expect(reward(choice(colours, 'A'), '<answer>C</answer>', 'prose')).toMatchObject({ reward: 1 })
    expect(reward(choice(colours, 'A'), '<answer>C</answer>', 'tags')).toMatchObject({ reward: 0 })
    expect(reward(choice(colours, 'red'), '<answer>C</answer>', 'tags')).toMatchObject({ reward: 1 })
    expect(reward(choice(colours, 'red'), '<answer>B</answer>', 'tags')).toMatchObject({ reward: 0 })
  })
})

describe('TempCompass', () => {
  const own = { ...base, source: 'TempCompass', path: '1.mp4' } as const
  const signal = new AbortController().signal
  const scored = async (record: VideoRecord, output: string, letter?: string) => {
    const reader = { name: 'always', read: () => async () => E.right(letter ?? null) }
    const found = benchmarkScorer(letter === undefined ? {} : { reader })(record, output, signal)
    const score = typeof found === 'function' ? await found() : found
    return E.isRight(score) ? score.right.reward : score.left._tag
  }
  const dunks = { ...own, problemType: 'multiple choice', options: ['A. dunking', 'B. passing'], answer: 'A' } as const
  test.each(['A', 'A. dunking', 'dunking', '<answer>A. dunking</answer>', 'The answer is A.'])(
    '%s is right',
    async said => {
      expect(await scored(dunks, said)).toBe(1)
    },
  )
  test('tells a wrong letter, also beside the right text', async () => {
    expect(await scored(dunks, 'B. passing')).toBe(0)
    expect(await scored(dunks, 'B. dunking')).toBe(0)
  })
  test('takes the first word of a yes or no', async () => {
    const yes = { ...own, problemType: 'free-form', options: [], answer: 'yes', extra: { task: 'yes_no' } } as const
    expect(await scored(yes, '<answer>Yes, he does.</answer>')).toBe(1)
    expect(await scored(yes, 'No.')).toBe(0)
    expect(await scored(yes, 'Yesterday he did.')).toBe(0)
  })
  test('scores captions by a reader, and fails them without one', async () => {
    const problem =
      "Write a caption.\nInformation A: {'subject': 'man'}\nInformation B: {'subject': 'dog'}\nGenerated Caption:"
    const caption = {
      ...own,
      problem,
      problemType: 'free-form',
      options: [],
      answer: 'B. dog',
      extra: { task: 'captioning' },
    } as const
    expect(await scored(caption, 'A dog runs.')).toBe('NoReader')
    expect(await scored(caption, 'A dog runs.', 'B')).toBe(1)
    expect(await scored(caption, 'A man runs.', 'A')).toBe(0)
    const asked = { mc_question: 'Who runs?\nA. a man\nB. a dog', mc_answer: 'B. a dog' }
    expect(
      await scored(
        { ...caption, problem: 'Caption it.', answer: '-', extra: { task: 'captioning', ...asked } },
        'A dog.',
        'B',
      ),
    ).toBe(1)
    expect(await scored({ ...caption, problem: 'Caption it.', answer: 'dog' }, 'A dog.', 'B')).toBe('BadTruth')
  })
})
