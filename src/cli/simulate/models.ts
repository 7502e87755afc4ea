import {
  type AnnotationModel,
  type AskedModel,
  always,
  type Calibration,
  type Cost,
  type LookModel,
  type TrainingModel,
  type Trying,
} from '../../simulation/index.ts'
import type {
  AskedSetting,
  CheckSetting,
  CostSetting,
  JudgeSetting,
  LookSetting,
  SimulationSettings,
} from './settings.ts'
import { spreadOf } from './spread.ts'

const costOf = (given: CostSetting | undefined, measured: Cost | undefined): Cost =>
  typeof given === 'number' ? { fixed: given } : (given ?? measured ?? {})

const tryingOf = ({ seconds, fails = 0, attempts = 1, pause = 0 }: AskedSetting | LookSetting): Trying => ({
  ...{ seconds: spreadOf(seconds), fails, attempts, pause },
})

const askedOf = (given: AskedSetting): AskedModel => {
  const { atOnce, perMinute, dollars } = given
  return {
    ...tryingOf(given),
    ...(atOnce === undefined ? {} : { atOnce }),
    ...(perMinute === undefined ? {} : { perMinute }),
    ...(dollars === undefined ? {} : { dollars }),
  }
}

const judgeOf = (given: JudgeSetting | undefined): TrainingModel['judge'] => {
  if (given === undefined || given === 'none') return undefined
  const { groupsAtOnce } = given
  return { ...askedOf(given), ...(groupsAtOnce === undefined ? {} : { groupsAtOnce }) }
}

const lookOf = (
  given: LookSetting | undefined,
  measured: Calibration | undefined,
  workers: number,
  questions: number,
): LookModel => {
  if (given === undefined) return { seconds: always(measured?.look ?? 0) }
  const { elsewhere = false, atOnce = elsewhere ? questions : 1 } = given
  return { ...tryingOf(given), atOnce, ...(elsewhere ? { workers } : {}) }
}

/** The training run of a simulation with so many workers; a check has some settings of its own. */
export const trainingModel = (
  { training, engine = {}, look, judge }: SimulationSettings,
  measured: Calibration | undefined,
  workers: number,
  check: Pick<CheckSetting, 'questions' | 'completions' | 'width' | 'judge' | 'look'> = {},
): TrainingModel | undefined => {
  if (training === undefined) return undefined
  const { updates, tokens, mostTokens } = training
  const { questions = training.questions, completions = training.completions, width = training.width ?? 1 } = check
  const asked = judgeOf(check.judge ?? judge)
  return {
    ...{ updates, questions, completions, width },
    tokens: tokens === undefined ? (measured?.tokens ?? always(1)) : spreadOf(tokens),
    ...(mostTokens === undefined ? {} : { mostTokens }),
    look: lookOf(check.look ?? look, measured, workers, questions),
    rollout: costOf(engine.rollout, measured?.rollout),
    update: costOf(engine.update, measured?.update),
    apart: engine.apart ?? false,
    ...(engine.dollarsPerHour === undefined ? {} : { dollarsPerHour: engine.dollarsPerHour }),
    ...(asked === undefined ? {} : { judge: asked }),
  }
}

/** Annotation by so many workers. */
export const annotationModel = (
  { annotation, look, teacher, judge, worker = {} }: SimulationSettings,
  workers: number,
): AnnotationModel | undefined => {
  if (annotation === undefined || look === undefined || teacher === undefined) return undefined
  const asked = judgeOf(judge)
  return {
    ...{ records: annotation.records, workers, inFlight: worker.inFlight ?? 4, passes: annotation.passes ?? 1 },
    look: tryingOf(look),
    teacher: askedOf(teacher),
    ...(asked === undefined ? {} : { judge: asked }),
    ...(worker.dollarsPerHour === undefined ? {} : { dollarsPerHour: worker.dollarsPerHour }),
  }
}
