import { function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Annotator, Question, Teacher, TeacherFault } from './types.ts'

/** What an annotator shows. */
export interface AnnotatorOptions<R extends VideoRecord> {
  /**
   * The address of a record's video, shown in place of the frames: for servers that take `video_url`. `file:` and
   * `http(s):` are read by the server (vLLM: `--allowed-local-media-path`), `data:` holds the file in base64.
   */
  readonly video?: (record: R) => TE.TaskEither<TeacherFault, string>
}

/**
 * A teacher that writes chains of thought: it is shown the frames, or a video, and the prompt, and its text is the chain.
 * Left: the teacher's faults, and those of `video`. It takes records of every type; the prompt is made from the record by
 * the stage that asks.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { annotator, type Teacher } from 'kinograd/teacher'
 *
 * const usage = { inputTokens: 0, outputTokens: 0 }
 * const echo: Teacher = { name: 'echo', ask: ({ prompt, video }) => TE.right({ text: `${prompt} ${video ?? ''}`, usage }) }
 * const record = { id: '1', problem: 'How many?', problemType: 'numerical', dataType: 'video', options: [] } as const
 * const frames = { data: new Uint8Array(12), count: 1, height: 2, width: 2, times: [0] }
 * const request = { record: { ...record, answer: '3', path: 'a.mp4', source: '' }, prompt: 'Look.', frames }
 * const { annotate } = annotator(echo, { video: ({ path }) => TE.right(`file:///clips/${path}`) })
 * assert.deepEqual(await annotate(request, new AbortController().signal)(), E.right('Look. file:///clips/a.mp4'))
 * ```
 */
export const annotator = <R extends VideoRecord = VideoRecord>(
  teacher: Teacher,
  { video }: AnnotatorOptions<R> = {},
): Annotator<R> => ({
  name: teacher.name,
  annotate: ({ record, prompt, frames }, signal) => {
    const question: TE.TaskEither<TeacherFault, Question> =
      video === undefined
        ? TE.right({ prompt, frames })
        : TE.map((url: string) => ({ prompt, video: url }))(video(record))
    return F.pipe(
      question,
      TE.flatMap(asked => teacher.ask(asked, signal)),
      TE.map(({ text }) => text),
    )
  },
})
