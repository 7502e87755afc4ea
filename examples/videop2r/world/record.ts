import { option as O } from 'fp-ts'
import type { ProblemType, VideoRecord } from 'kinograd/dataset'
import { factsOf } from './facts.ts'
import type { Question } from './question.ts'
import { problemTypeOf, sayQuestion } from './question.ts'
import type { Scene } from './scene.ts'
import { solve } from './solve.ts'

/** A record as the files of Video-R1 spell it. */
export interface VideoR1Record {
  readonly problem_id: number
  readonly problem: string
  readonly data_type: 'video'
  readonly problem_type: ProblemType
  readonly options: readonly string[]
  readonly solution: string
  readonly path: string
  readonly data_source: string
}

/** The record of a question about a scene. None when the scene does not answer it. */
export const toVideoR1 = (id: number, path: string, scene: Scene, q: Question): O.Option<VideoR1Record> =>
  O.map((solution: { readonly answer: string }) => ({
    problem_id: id,
    problem: sayQuestion(q).problem,
    data_type: 'video' as const,
    problem_type: problemTypeOf[q.family],
    options: sayQuestion(q).options,
    solution: `<answer>${solution.answer}</answer>`,
    path,
    data_source: `micro-world/${q.family}`,
  }))(solve(q, factsOf(scene)))

/** The same record in the library's own shape, without a trip through a file. */
export const toVideoRecord = (raw: VideoR1Record): VideoRecord => ({
  id: String(raw.problem_id),
  problem: raw.problem,
  problemType: raw.problem_type,
  dataType: raw.data_type,
  options: raw.options,
  answer: raw.solution.slice('<answer>'.length, -'</answer>'.length),
  path: raw.path,
  source: raw.data_source,
})

/** The text that the policy is asked: the question, then its options. All words are in the world's vocabulary. */
export const promptOf = (record: Pick<VideoRecord, 'problem' | 'options'>): string =>
  [record.problem, ...record.options].join(' ')
