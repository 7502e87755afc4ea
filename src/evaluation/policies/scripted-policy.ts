import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { annotatorNamed } from '../../teacher/index.ts'
import type { EvaluatedPolicy } from './policy.ts'

const noFrames = { data: new Uint8Array(0), count: 0, height: 0, width: 0, times: [] }

/**
 * A policy whose outputs stand in a file, for answers that were made elsewhere and for scoring again: JSON lines, or a file of results,
 * of `id` (or `problem_id`) and `output`. Held in memory. A record that has none is `Refused`. Left: the faults of the file, `BadScript`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { scriptedPolicy } from 'kinograd/evaluation'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'script-')), 'answers.jsonl')
 * await writeFile(path, '{"id": "1", "output": "<answer>3</answer>"}\n')
 * const policy = await scriptedPolicy(path)()
 * assert(E.isRight(policy) && policy.right.name === 'scripted')
 * ```
 */
export const scriptedPolicy = (path: string): TE.TaskEither<Fault, EvaluatedPolicy> =>
  F.pipe(
    annotatorNamed(`scripted:${path}`),
    TE.map(({ name, annotate }) => ({
      name,
      answer: ({ record, prompt, frames = noFrames }, signal) => annotate({ record, prompt, frames }, signal),
    })),
  )
