import { resolve } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from '../../flow/index.ts'
import { readSettingsFile } from '../../recipe/index.ts'
import {
  type Calibration,
  type Checked,
  calibrated,
  type MeasuredRun,
  readMeasuredRun,
  type SimulationFindings,
  secondsPerUpdate,
  simulateAnnotation,
  simulatedSeconds,
  simulateTraining,
} from '../../simulation/index.ts'
import { annotationModel, trainingModel } from './models.ts'
import { type CheckSetting, type SimulationSettings, simulationSettings } from './settings.ts'

/** The settings of a simulation from its file. Left: `NoConfig`, `BadConfig` with every mistake and its line. */
export const readSimulation = (path: string): TE.TaskEither<Fault, SimulationSettings> =>
  readSettingsFile(simulationSettings, path)

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0

/** Questions and completions of a run, unless a check says others. */
const sizesOf = ({ updates }: MeasuredRun, { questions, completions }: CheckSetting) => {
  const asked = questions ?? median(updates.map(one => one.questions))
  return {
    questions: asked,
    completions: completions ?? Math.round(median(updates.map(one => one.lengths.length / Math.max(1, one.questions)))),
  }
}

const checkOf =
  (settings: SimulationSettings, calibration: Calibration | undefined, seed: number, directory: string) =>
  (check: CheckSetting): TE.TaskEither<Fault, Checked> => {
    const { name, run, seconds = 0 } = check
    const workers = settings.workers?.[0] ?? 1
    const measured: TE.TaskEither<Fault, { readonly seconds: number; readonly sizes: object }> =
      run === undefined
        ? TE.right({ seconds, sizes: {} })
        : F.pipe(
            readMeasuredRun(resolve(directory, run)),
            TE.map(one => ({ seconds: secondsPerUpdate(one), sizes: sizesOf(one, check) })),
          )
    return F.pipe(
      measured,
      TE.map(({ seconds: took, sizes }) => {
        const model = trainingModel(settings, calibration, workers, { ...check, ...sizes })
        const simulated = model === undefined ? 0 : simulatedSeconds(model, seed)
        return { name: name ?? run ?? `${seconds} s`, measured: took, simulated, off: simulated / took - 1 }
      }),
    )
  }

/**
 * Simulates what a configuration describes, with each number of workers that it names, and compares with what was measured where it names
 * that. Folders of runs are taken from `directory` on. Left: the faults of reading a run's log, `NothingMeasured`.
 */
export const performSimulation = (
  settings: SimulationSettings,
  { directory, seed = settings.seed ?? 0 }: { readonly directory: string; readonly seed?: number },
): TE.TaskEither<Fault, SimulationFindings> => {
  const { name = 'simulation', workers = [1], calibrate = [], checks = [], within = 0.15 } = settings
  const calibration: TE.TaskEither<Fault, Calibration | undefined> =
    calibrate.length === 0
      ? TE.right(undefined)
      : F.pipe(
          TE.traverseArray((run: string) => readMeasuredRun(resolve(directory, run)))(calibrate),
          TE.flatMapEither(calibrated),
        )
  return F.pipe(
    calibration,
    TE.bindTo('measured'),
    TE.bind('checked', ({ measured }) => TE.traverseArray(checkOf(settings, measured, seed, directory))(checks)),
    TE.map(({ measured, checked }) => ({
      ...{ name, seed, within, checks: checked },
      byWorkers: workers.map(count => {
        const training = trainingModel(settings, measured, count)
        const annotation = annotationModel(settings, count)
        return {
          workers: count,
          ...(training === undefined ? {} : { training: simulateTraining(training, seed) }),
          ...(annotation === undefined ? {} : { annotation: simulateAnnotation(annotation, seed) }),
        }
      }),
      ...(measured === undefined ? {} : { calibration: measured }),
    })),
  )
}
