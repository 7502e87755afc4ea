import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { either as E } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import {
  evaluationFiles,
  type JournalLine,
  normal95,
  readOutputs,
  readResults,
  resultEntry,
  resultsFile,
  writeResults,
} from 'kinograd/evaluation'
import { orThrow } from 'kinograd/flow'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinograd-results-'))
})
afterAll(() => rm(folder, { recursive: true }))

const record: VideoRecord = {
  ...{ id: '7', problem: 'How many?', path: 'a.mp4', source: '' },
  ...{ problemType: 'numerical', dataType: 'video' },
  ...{ options: [], answer: '3' },
}
const output = '<answer>3</answer>'
const score = { prediction: '3', read: 'tags', reward: 1, correct: true } as const
const failed = { problem_id: 8, stage: 'decode', tag: 'NotFound', cause: 'b.mp4 is not there', remedy: 'Fetch it.' }
const lines = async function* (): AsyncGenerator<JournalLine> {
  yield { at: 0, result: resultEntry(record, output, score) }
  yield { at: 1, failed }
}
const gathered = async <A>(source: AsyncIterable<A>): Promise<readonly A[]> => {
  const all: A[] = []
  for await (const one of source) all.push(one)
  return all
}

test('results are read as they were written, the failed ones neither right nor wrong', async () => {
  const { results } = evaluationFiles(folder)
  const scores = orThrow(await writeResults(results, lines())())
  expect(scores).toMatchObject({ accuracy: { value: 1, of: 1 } })
  expect(await resultsFile(folder)).toBe(results)
  expect(await resultsFile(results)).toBe(results)
  expect(await gathered(readResults(results))).toMatchObject([{ right: { problem_id: 7, reward: 1, correct: true } }])
  expect(await gathered(readOutputs(results))).toMatchObject([{ right: { record: { id: '7', answer: '3' }, output } }])
})

test('what is no result is told by its place', async () => {
  const path = join(folder, 'other.json')
  await writeFile(path, JSON.stringify({ results: [{ reward: 1 }, { problem_id: 1, reward: 1 }] }))
  expect(await gathered(readResults(path))).toMatchObject([{ left: { _tag: 'BadRecord' } }])
  const outputs = await gathered(readOutputs(join(folder, 'gone.json')))
  expect(outputs.map(E.isLeft)).toEqual([true])
})

test('an interval by the normal distribution stays within what the measure can be', () => {
  expect(normal95(0.5, 0)).toEqual({ value: 0.5, low: 0.5, high: 0.5 })
  const wide = normal95(0.9, 0.04)
  expect([wide.low.toFixed(3), wide.high]).toEqual(['0.508', 1])
})
