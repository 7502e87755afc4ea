import { drawnTask, type Job, type Phase, type Trying } from '../network/job.ts'
import type { Network } from '../network/simulate.ts'
import { type Uniform, uniformOf } from '../queue/draw.ts'
import { type AskedModel, stationOf } from './asked.ts'

/** Annotation of records on workers: each looks at a clip, asks a teacher, and asks a judge about what passes the verifier. */
export interface AnnotationModel {
  readonly records: number
  readonly workers: number
  /** Records that a worker has under way at once. */
  readonly inFlight: number
  /** A worker looks at one clip at a time. */
  readonly look: Trying
  readonly teacher: AskedModel
  readonly judge?: AskedModel
  /** Share of chains that pass the verifier; all when not given. */
  readonly passes?: number
  /** What a worker costs an hour. */
  readonly dollarsPerHour?: number
}

/** The phases of a record, in their order. */
export const recordPhases = ['look', 'teacher', 'judge'] as const

function* recordJobs({ records, look, teacher, judge, passes = 1 }: AnnotationModel, uniform: Uniform): Generator<Job> {
  const phase = (station: string, trying: Trying): Phase => ({
    ...{ station, atOnce: 1, required: true },
    bundles: [[drawnTask(trying, uniform)]],
  })
  for (let i = 0; i < records; i++) {
    const phases = [phase('look', look), phase('teacher', teacher)]
    const passed = uniform() < passes
    const judged = judge === undefined ? undefined : phase('judge', judge)
    yield { phases: judged !== undefined && passed ? [...phases, judged] : phases }
  }
}

/** Annotation as a network. */
export const annotationNetwork = (model: AnnotationModel, seed: number): Network => ({
  stations: {
    look: { servers: model.workers },
    teacher: stationOf(model.teacher),
    judge: model.judge === undefined ? { servers: Number.POSITIVE_INFINITY } : stationOf(model.judge),
  },
  jobs: recordJobs(model, uniformOf(seed)),
  width: model.workers * model.inFlight,
})
