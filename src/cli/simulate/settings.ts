import { forms, type Mistake, type Read } from '../../recipe/index.ts'
import { spread } from './spread.ts'

const { checked, choice, exactlyOne, flag, list, number, setting, settings, share, shortOrLong, text, texts, whole } =
  forms

const seconds = number({ from: 0, to: 1e6 })

const trying = {
  seconds: spread('seconds'),
  /** Share of attempts that fail. */
  fails: share,
  attempts: whole({ from: 1, to: 100 }),
  /** Seconds before a second attempt; twice as many before each further one. */
  pause: seconds,
}

const look = settings({ seconds: trying.seconds }, { ...trying, atOnce: whole({ from: 1 }), elsewhere: flag })

const asked = {
  ...trying,
  /** Requests under way at once. */
  atOnce: whole({ from: 1 }),
  /** Requests that begin in any 60 seconds. */
  perMinute: whole({ from: 1 }),
  /** What a request costs. */
  dollars: number({ from: 0 }),
}

const teacher = settings({ seconds: trying.seconds }, asked)

const judge = shortOrLong(
  choice(['none']),
  settings({ seconds: trying.seconds }, { ...asked, groupsAtOnce: whole({ from: 1 }) }),
)

const cost = shortOrLong(seconds, settings({}, { fixed: seconds, question: seconds, token: seconds, step: seconds }))

const engine = settings({}, { rollout: cost, update: cost, apart: flag, dollarsPerHour: number({ from: 0 }) })

const training = settings(
  {
    updates: whole({ from: 2, to: 100_000 }),
    questions: whole({ from: 1, to: 10_000 }),
    completions: whole({ from: 1, to: 1024 }),
  },
  { width: whole({ from: 1, to: 1024 }), tokens: spread('lengths'), mostTokens: whole({ from: 1 }) },
)

const annotation = settings({ records: whole({ from: 1, to: 10_000_000 }) }, { passes: share })

const worker = settings({}, { inFlight: whole({ from: 1, to: 1024 }), dollarsPerHour: number({ from: 0 }) })

const check = checked(
  settings(
    {},
    {
      name: text('a name'),
      /** A run whose log says what it took. */
      run: text('a run folder'),
      /** What it took, in seconds an update. */
      seconds: number({ above: 0 }),
      questions: whole({ from: 1 }),
      completions: whole({ from: 1 }),
      width: whole({ from: 1 }),
      judge,
      look,
    },
  ),
  exactlyOne(['run', 'seconds'], 'seconds: 59'),
)

const workers = setting('a whole number from 1, or a list of them', value => {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value]
  const read = given.map(Number)
  return given.length > 0 &&
    given.length <= 20 &&
    given.every(n => typeof n === 'number') &&
    read.every(n => Number.isSafeInteger(n) && n >= 1 && n <= 100_000)
    ? read
    : undefined
})

const form = settings(
  {},
  {
    name: text('a name'),
    seed: whole({ from: 0 }),
    /** Numbers of workers that are compared: they look at clips and ask teachers. */
    workers,
    worker,
    look,
    engine,
    judge,
    teacher,
    training,
    annotation,
    /** Runs with one batch under way whose logs say what looking, sampling and learning cost. */
    calibrate: texts('a run folder, or a list of run folders'),
    checks: list('measurements to compare with', check),
    /** How far a check may be off. */
    within: share,
  },
)

const missing = (path: string, says: string): Mistake => ({ path: [path], says })

/** What one setting needs of others. */
const rules = (given: Read<typeof form>): readonly Mistake[] => [
  ...(given.training === undefined && given.annotation === undefined
    ? [{ path: [], says: 'has neither training nor annotation: there is nothing to simulate' }]
    : []),
  ...(given.training !== undefined && given.calibrate === undefined
    ? [
        ...(given.engine?.rollout === undefined || given.engine.update === undefined
          ? [missing('training', 'needs engine.rollout and engine.update, or calibrate with runs that tell them')]
          : []),
        ...(given.training.tokens === undefined
          ? [missing('training', 'needs tokens, the lengths of completions, or calibrate with runs that tell them')]
          : []),
        ...(given.look === undefined ? [missing('training', 'needs look, or calibrate with runs that tell it')] : []),
      ]
    : []),
  ...(given.annotation !== undefined && given.teacher === undefined ? [missing('annotation', 'needs a teacher')] : []),
  ...(given.annotation !== undefined && given.look === undefined ? [missing('annotation', 'needs look')] : []),
  ...(given.checks !== undefined && given.training === undefined
    ? [missing('checks', 'are of updates: give training')]
    : []),
]

/** All settings of a simulation. */
export const simulationSettings = checked(form, rules)
/** The settings of a simulation as they were written. */
export type SimulationSettings = Read<typeof simulationSettings>
/** A measurement that a simulation is compared with. */
export type CheckSetting = Read<typeof check>
/** Somebody who is asked. */
export type AskedSetting = Read<typeof teacher>
/** Looking at clips. */
export type LookSetting = Read<typeof look>
/** Who judges, or nobody. */
export type JudgeSetting = Read<typeof judge>
/** What an engine's work costs. */
export type CostSetting = Read<typeof cost>
