import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import { teacherFault } from './fault.ts'
import type { Annotator, Judge, Teacher, TeacherFault } from './types.ts'

/** A teacher that writes chains of thought: it is shown the frames and the prompt, and its text is the chain. */
export const annotator = (teacher: Teacher): Annotator => ({
  name: teacher.name,
  annotate: ({ prompt, frames }, signal) =>
    F.pipe(
      teacher.ask({ prompt, frames }, signal),
      TE.map(({ text }) => text),
    ),
})

/** How a judge is asked, and its answer read. */
export interface JudgeOptions {
  /** The question to the judge, as `sufficiencyPrompt` of the process room makes it. */
  readonly prompt: (request: { readonly record: VideoRecord; readonly observation: string }) => string
  /** Reads its answer, as `parseJudgement` does; Left asks again. */
  readonly parse: (text: string) => E.Either<unknown, boolean>
  /** How often it is asked before its answer counts as unreadable; 3 by default. */
  readonly attempts?: number
}

/**
 * A teacher that judges whether an observation suffices. An answer that cannot be read is asked for again, up to
 * `attempts` times; then it is the fault `Unreadable`. Faults of the teacher end it at once: the client has retried.
 */
export const judge = (teacher: Teacher, options: JudgeOptions): Judge => {
  const { prompt, parse, attempts = 3 } = options
  const ask = (
    text: string,
    attempt: number,
    signal: AbortSignal,
  ): TE.TaskEither<TeacherFault, { readonly sufficient: boolean }> =>
    F.pipe(
      teacher.ask({ prompt: text, attempt }, signal),
      TE.flatMap(answer => {
        const read = parse(answer.text)
        if (E.isRight(read)) return TE.right({ sufficient: read.right })
        return attempt + 1 < attempts
          ? ask(text, attempt + 1, signal)
          : TE.left(
              teacherFault(
                'Unreadable',
                `${teacher.name}: no judgement in ${attempts} answers`,
                'The rollout stays unscored.',
              ),
            )
      }),
    )
  return { name: teacher.name, judge: (request, signal) => ask(prompt(request), 0, signal) }
}
