import * as t from 'io-ts'
import { dataTypes, problemTypes } from '../../dataset/index.ts'

const keyOf = <K extends string>(names: readonly K[]) =>
  new t.Type<K, K, unknown>(
    names.join(' | '),
    (value): value is K => names.some(name => name === value),
    (value, context) => {
      const name = names.find(one => one === value)
      return name === undefined ? t.failure(value, context) : t.success(name)
    },
    t.identity,
  )

/** A record that gave no chain: which it is, where it ended and why. */
export const failureLine = t.readonly(
  t.intersection([
    t.type({
      /** Its place among the records, counted from 0. */
      at: t.number,
      id: t.string,
      stage: t.string,
      tag: t.string,
      cause: t.string,
      remedy: t.string,
      /** A chain that was sorted out is `rejected`; whatever gave none for another reason has `failed`. */
      ending: keyOf(['rejected', 'failed']),
    }),
    t.partial({
      data_type: keyOf(dataTypes),
      problem_type: keyOf(problemTypes),
      /** The chain, where there was one. */
      output: t.string,
      /** It ended the annotation, and is asked again when that goes on. */
      pending: t.literal(true),
    }),
  ]),
  'line of failures',
)
export type FailureLine = t.TypeOf<typeof failureLine>

/** What is read of a line of chains to know which record it is of. */
export const chainLine = t.readonly(
  t.type({ problem_id: t.string, data_type: keyOf(dataTypes), problem_type: keyOf(problemTypes) }),
  'line of chains',
)

/** What is read of a line of judgements to know which record it is of. */
export const judgementPlace = t.readonly(t.type({ at: t.number }), 'line of judgements')
