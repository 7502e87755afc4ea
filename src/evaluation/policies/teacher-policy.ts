import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import type { Teacher } from '../../teacher/index.ts'
import type { EvaluatedPolicy } from './policy.ts'

/**
 * A language model behind a server as the policy that is evaluated: Claude, or any OpenAI-compatible server (`teacherNamed`). It is shown
 * frames as JPEGs before the text. Left: the teacher's faults.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { teacherPolicy } from 'kinograd/evaluation'
 * import { openAiCompatible } from 'kinograd/teacher'
 *
 * const policy = teacherPolicy(openAiCompatible({ baseUrl: 'http://127.0.0.1:8000/v1', model: 'qwen2.5-vl' }))
 * assert.equal(policy.name, 'openai-compatible:qwen2.5-vl')
 * ```
 */
export const teacherPolicy = (teacher: Teacher): EvaluatedPolicy => ({
  name: teacher.name,
  ...(teacher.settings === undefined ? {} : { settings: teacher.settings }),
  answer: ({ prompt, frames }, signal) =>
    F.pipe(
      teacher.ask({ prompt, ...(frames === undefined ? {} : { frames }) }, signal),
      TE.bimap(
        (wrong): Fault => wrong,
        ({ text }) => text,
      ),
    ),
})
