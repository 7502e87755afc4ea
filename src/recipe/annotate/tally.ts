import { type DataType, dataTypes, type ProblemType, problemTypes } from '../../dataset/index.ts'

/** How many records came how far. */
export interface Steps {
  readonly records: number
  /** A chain was written. */
  readonly annotated: number
  /** It follows the template and its answer is right. */
  readonly verified: number
  /** Its observation supports the answer: it was kept. */
  readonly sufficient: number
}

/** Where an annotation stands. */
export interface AnnotationTally {
  readonly all: Steps
  /** By medium and problem type; records that could not be read are in `all` alone. */
  readonly of: Readonly<Partial<Record<DataType, Readonly<Partial<Record<ProblemType, Steps>>>>>>
  /** Records that failed: that gave no chain for a reason that is not the chain's. */
  readonly failed: number
  /** Why records gave no chain, by tag. */
  readonly reasons: Readonly<Record<string, number>>
}

/** What became of one record. */
export interface Fate {
  readonly kind: { readonly dataType: DataType; readonly problemType: ProblemType } | undefined
  /** The stage that it ended at; undefined for a chain that was kept. */
  readonly endedAt: string | undefined
  readonly tag: string | undefined
  readonly failed: boolean
}

export const noSteps: Steps = { records: 0, annotated: 0, verified: 0, sufficient: 0 }

/** The sum of two counts. */
export const plus = (a: Steps, b: Steps): Steps => ({
  records: a.records + b.records,
  annotated: a.annotated + b.annotated,
  verified: a.verified + b.verified,
  sufficient: a.sufficient + b.sufficient,
})

const stepsOf = ({ endedAt }: Fate): Steps => {
  const annotated = endedAt === undefined || endedAt === 'verify' || endedAt === 'sufficiency'
  const verified = endedAt === undefined || endedAt === 'sufficiency'
  return {
    records: 1,
    annotated: annotated ? 1 : 0,
    verified: verified ? 1 : 0,
    sufficient: endedAt === undefined ? 1 : 0,
  }
}

/** Counts fates of records. */
export interface Counting {
  readonly note: (fate: Fate) => void
  readonly now: () => AnnotationTally
}

/** Begins to count. */
export const openTally = (): Counting => {
  let [all, failed] = [noSteps, 0]
  const of = new Map<string, Steps>()
  const reasons = new Map<string, number>()
  const keyOf = (dataType: string, problemType: string) => `${dataType} ${problemType}`
  return {
    note: fate => {
      const steps = stepsOf(fate)
      all = plus(all, steps)
      if (fate.failed) failed++
      if (fate.tag !== undefined) reasons.set(fate.tag, (reasons.get(fate.tag) ?? 0) + 1)
      if (fate.kind === undefined) return
      const key = keyOf(fate.kind.dataType, fate.kind.problemType)
      of.set(key, plus(of.get(key) ?? noSteps, steps))
    },
    now: () => ({
      all,
      failed,
      reasons: Object.fromEntries([...reasons].sort()),
      of: Object.fromEntries(
        dataTypes.flatMap(medium => {
          const types = problemTypes.flatMap(type => {
            const steps = of.get(keyOf(medium, type))
            return steps === undefined ? [] : [[type, steps] as const]
          })
          return types.length === 0 ? [] : [[medium, Object.fromEntries(types)] as const]
        }),
      ),
    }),
  }
}
