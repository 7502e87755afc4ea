import { appendFile } from 'node:fs/promises'
import { function as F, taskEither as TE } from 'fp-ts'
import { readRecords, type VideoRecord } from 'kinograd/dataset'
import type { Engine } from 'kinograd/engine'
import { type Fault, fault } from 'kinograd/flow'
import { fromRecords, type Grade } from 'kinograd/stages'
import { collected, freeing, type Job } from './job.ts'
import { evaluate } from './pipeline.ts'
import { engineFrom, freshEngine, rlOptimiser } from './policy.ts'
import type { PolicySummary } from './summary.ts'

/** Mean of a number over grades; 0 of none. */
const share = (grades: readonly { grade: Grade }[], measure: (grade: Grade) => number | boolean): number =>
  grades.length === 0 ? 0 : grades.reduce((sum, { grade }) => sum + Number(measure(grade)), 0) / grades.length

/** A question with what the policy wrote and how that was graded. */
export interface Graded {
  readonly record: VideoRecord
  readonly grade: Grade
  readonly text: string
}

/** Grades a policy on a split: greedy at temperature 0. Items that fail are logged and left out. */
export const grades = (
  job: Job,
  engine: Engine,
  options: { phase: string; file: string; temperature: number; seed: number },
): TE.TaskEither<Fault, readonly Graded[]> => {
  const { phase, file, temperature, seed } = options
  const sampling = (batch: number) => ({
    count: 1,
    maxTokens: 72,
    temperature,
    stop: [job.world.tokenizer.eos],
    seed: seed * 10_000 + batch,
  })
  return collected(job, phase, evaluate(job.world, engine, fromRecords(readRecords(file)), sampling))
}

/** What the table says of a policy. */
export const summarise = (graded: readonly Graded[]): PolicySummary => {
  const types = [...new Set(graded.map(({ record }) => record.problemType))].sort()
  return {
    accuracy: share(graded, g => g.accuracy),
    accuracyByType: Object.fromEntries(
      types.map(type => [
        type,
        share(
          graded.filter(({ record }) => record.problemType === type),
          g => g.accuracy,
        ),
      ]),
    ),
    perceptionSufficiency: share(graded, g => g.sufficient),
    faithfulness: share(graded, g => g.faithful),
    formatRate: share(graded, g => g.wellFormed),
    thinkAnswerMismatch: share(graded, g => g.mismatch),
    evaluated: graded.length,
  }
}

/** A policy on the test split, greedy and at temperature 1. */
export const testPolicy = (
  job: Job,
  name: string,
  checkpoint: string | undefined,
): TE.TaskEither<Fault, PolicySummary & { graded: readonly Graded[] }> =>
  F.pipe(
    checkpoint === undefined
      ? TE.right(freshEngine(job.config, job.seed, rlOptimiser))
      : engineFrom(job.config, job.seed, rlOptimiser, checkpoint),
    TE.flatMap(engine =>
      freeing(engine)(
        F.pipe(
          grades(job, engine, { phase: name, file: job.records.test, temperature: 0, seed: job.seed }),
          TE.bindTo('greedy'),
          TE.bind('sampled', () =>
            grades(job, engine, { phase: name, file: job.records.test, temperature: 1, seed: job.seed }),
          ),
          TE.map(({ greedy, sampled }) => ({
            ...summarise(greedy),
            accuracyAtT1: summarise(sampled).accuracy,
            formatRateAtT1: summarise(sampled).formatRate,
            graded: greedy,
          })),
        ),
      ),
    ),
  )

/** Adds lines to a file of graded outputs. */
export const saveGraded = (path: string, policy: string, graded: readonly Graded[]): TE.TaskEither<Fault, void> =>
  TE.tryCatch(
    () =>
      appendFile(
        path,
        graded
          .map(({ record, grade, text }) => `${JSON.stringify({ policy, id: record.id, text, ...grade })}\n`)
          .join(''),
      ),
    unwritable(path),
  )

const unwritable =
  (path: string) =>
  (error: unknown): Fault =>
    fault('NotWritable', `${path}: ${String(error)}`, 'Look at free space and permissions.')
