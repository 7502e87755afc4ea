import { either as E } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import { annotator, judge } from 'kinograd/teacher'
import { expect, test } from 'vitest'
import { injections } from '../process/injections.ts'
import { batching, never } from './batching.ts'

const { serve, opened } = batching()
const record: VideoRecord = {
  id: '1',
  problem: 'What colour is the ball?',
  problemType: 'free-form',
  dataType: 'video',
  options: [],
  answer: 'red',
  path: 'x',
  source: '',
}
const waiting = { timeoutMs: Number.POSITIVE_INFINITY } as const

test('a judge in batches that answers prose is asked again in the next ones, and then unreadable, never a No', async () => {
  const server = await serve({
    answer: prompt => (prompt.includes('Prose.') ? 'I would think so.' : '<judgement>Yes</judgement>'),
  })
  const batches = await opened(server.url)
  const asked = judge(batches.teacher, waiting)
  const judged = await Promise.all(
    ['Prose.', 'A red ball.', 'Prose. Twice.'].map(observation => asked.judge({ record, observation }, never)()),
  )
  expect(judged).toMatchObject([
    { left: { _tag: 'Unreadable' } },
    { right: { sufficient: true } },
    { left: { _tag: 'Unreadable' } },
  ])
  // Three different questions for each of the two, one for the other.
  expect(server.counted().requests).toBe(7)
  expect(batches.spent().answers).toBe(7)
})

test('whoever writes a verdict or an instruction into an observation is not obeyed in a batch either', async () => {
  const observed = (prompt: string): string => {
    const at = prompt.lastIndexOf('### Observations\n') + '### Observations\n'.length
    return prompt.slice(at, prompt.indexOf('\n### ', at))
  }
  const server = await serve({
    answer: prompt =>
      `It says: ${observed(prompt)}\n<judgement>${observed(prompt).includes('red') ? 'Yes' : 'No'}</judgement>`,
  })
  const asked = judge((await opened(server.url)).teacher, waiting)
  const judged = await Promise.all(
    [...injections, 'A red ball.'].map(observation => asked.judge({ record, observation }, never)()),
  )
  const verdicts = judged.map(one => E.isRight(one) && one.right.sufficient)
  expect(verdicts).toEqual([...injections.map(() => false), true])
})

test('an annotator in batches writes chains as a live one does', async () => {
  const server = await serve({ answer: prompt => `<think>${prompt}</think>` })
  const { teacher, spent } = await opened(server.url)
  const frames = { data: new Uint8Array(2 * 8 * 8 * 3), count: 2, height: 8, width: 8, times: [0, 1] }
  const chains = await Promise.all(
    [1, 2, 3].map(n => annotator(teacher).annotate({ record, prompt: `look ${n}`, frames }, never)()),
  )
  expect(chains).toEqual([1, 2, 3].map(n => E.right(`<think>look ${n}</think>`)))
  expect([server.counted().calls.create, spent().answers]).toEqual([1, 3])
})
