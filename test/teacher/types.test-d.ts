import { type taskEither as TE, taskEither } from 'fp-ts'
import type { VideoRecord } from 'kinograd/dataset'
import { annotator, type Judge, judge, judgementScore, type Teacher, type TeacherFault } from 'kinograd/teacher'
import { expectTypeOf, test } from 'vitest'

interface Spanned extends VideoRecord {
  readonly span: readonly [number, number]
}
declare const teacher: Teacher

test('fields of the user’s own record reach the prompt typed', () => {
  const made = judge(teacher, { prompt: ({ record }: { record: Spanned }) => `from ${record.span[0].toFixed(1)}` })
  expectTypeOf(made).toEqualTypeOf<Judge<Spanned>>()
  const told: Judge<Spanned> = judge(teacher, { prompt: ({ record, observation }) => observation + record.span[1] })
  expectTypeOf(judgementScore(told)).returns.toEqualTypeOf<TE.TaskEither<TeacherFault, number | null>>()
  expectTypeOf(judgementScore(told)).parameter(0).toHaveProperty('record').toEqualTypeOf<Spanned>()
})

test('who reads plain records reads any, and not the other way', () => {
  expectTypeOf(judge(teacher)).toEqualTypeOf<Judge>()
  expectTypeOf(judge(teacher)).toExtend<Judge<Spanned>>()
  expectTypeOf(annotator(teacher).annotate).parameter(0).toHaveProperty('record').toEqualTypeOf<VideoRecord>()
  const rules: Judge<Spanned> = {
    name: 'rules',
    judge: ({ record }) => taskEither.right({ sufficient: record.span[0] > 0 }),
  }
  expectTypeOf(rules).not.toExtend<Judge>()
  // @ts-expect-error a plain record has no span
  judge<VideoRecord>(teacher, { prompt: ({ record }) => record.span })
})
