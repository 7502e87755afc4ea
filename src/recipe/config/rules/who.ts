import { either as E } from 'fp-ts'
import { readTeacherName } from '../../../teacher/index.ts'
import type { Mistake } from '../codec/mistake.ts'
import { nearest } from '../codec/nearest.ts'
import { armsOf } from '../compile/arms.ts'
import { isScripted } from '../compile/teachers.ts'
import { templateParts } from '../compile/template.ts'
import type { RunSettings } from '../settings/run-settings.ts'

const spelling = (name: 'teacher' | 'judge', given: string | undefined): readonly Mistake[] => {
  const read = given === undefined ? E.right(undefined) : readTeacherName(given)
  return E.isLeft(read) ? [{ path: [name], says: `${read.left.cause}. ${read.left.remedy}` }] : []
}

/** Who teaches, judges and learns: spellings that mean somebody, a form that can be told. */
export const whoRules = (given: RunSettings): readonly Mistake[] => {
  const { teacher, judge, template, prompt, annotation, evaluation, rl, sft, module } = given
  const untold = typeof template === 'object' && template.guide === undefined && E.isRight(templateParts(template))
  const asksTeacher = annotation !== undefined && teacher !== undefined && !isScripted(teacher)
  const policies = [
    'base',
    ...(sft === undefined ? [] : ['sft']),
    ...(rl === undefined ? [] : armsOf(rl).map(({ name }) => name)),
  ]
  return [
    ...spelling('teacher', teacher),
    ...spelling('judge', judge),
    ...(untold &&
    module === undefined &&
    (asksTeacher || (prompt !== 'question' && (sft ?? rl ?? evaluation) !== undefined))
      ? [
          {
            path: ['template'],
            says: 'has processes of your own and no guide, so nobody can be told what to write: give template.guide, or prompt: question',
          },
        ]
      : []),
    ...(evaluation?.of ?? [])
      .filter(name => !policies.includes(name))
      .map(name => ({
        path: ['evaluation', 'of'],
        says: `names "${name}", and this run has no such policy. ${nearest(name, policies)}`,
      })),
  ]
}
