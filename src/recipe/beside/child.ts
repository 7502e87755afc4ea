import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type BackendChoice, selectBackend } from '../../engine/tfjs/index.ts'
import { type Fault, fault, messageOf } from '../../flow/index.ts'
import { openRun, type Status } from '../../run/index.ts'
import { armDone, startOf } from '../arm-done.ts'
import { armRuns } from '../arm-runs.ts'
import { type AnyRecipe, type PolicyJob, usualTolerance } from '../job.ts'
import { policyDone } from '../run-evaluation.ts'
import type { Said, Told } from './messages.ts'
import { recipeFrom } from './recipe-from.ts'
import { folderOf, type Task } from './task.ts'

/** What this process has when it is ready: all of a job but the run. */
type Opened = Omit<PolicyJob, 'run' | 'signal'>

const say = (said: Said): void => void process.send?.(said)
const nothing = (): void => {}

/** How far a phase is goes to the process that waits; all else is told by that one. */
const status: Status = {
  announce: nothing,
  begin: nothing,
  progress: (phase, done, total, note = '') => say({ kind: 'progress', phase, done, total, note }),
  numbers: nothing,
  sign: nothing,
  watch: () => nothing,
  end: nothing,
  skip: nothing,
  fail: nothing,
  say: nothing,
  close: nothing,
}

const changed = fault(
  'OtherConfig',
  'the recipe that a process beside made has other settings than the run',
  'Was the configuration, or a module of it, changed since the run began? Put it back, and --resume.',
)

const opened = ({
  source,
  backend,
  settings,
}: Extract<Told, { readonly kind: 'open' }>): TE.TaskEither<Fault, Opened> =>
  F.pipe(
    // Without a tensor backend no policy is trained: `none` cannot come here.
    selectBackend({ backend: backend as BackendChoice }),
    TE.flatMap((): TE.TaskEither<Fault, AnyRecipe> => recipeFrom(source)),
    TE.flatMapEither(recipe => (JSON.stringify(recipe.settings) === settings ? E.right(recipe) : E.left(changed))),
    TE.bindTo('recipe'),
    TE.bind('policy', ({ recipe }) => recipe.policy),
    TE.map(made => ({ ...made, backend, tolerate: made.recipe.tolerate ?? usualTolerance })),
  )

const unknown = (task: Task): Fault =>
  fault(
    'BadRecipe',
    `the recipe has no ${task.kind} called ${task.name}`,
    'This is a fault of kinograd; please report it.',
  )

/** The work of a task in the run that is its own. */
const workOf = (job: PolicyJob, { kind, name }: Task): TE.TaskEither<Fault, unknown> | undefined => {
  const { recipe } = job
  const { rl, seed, directory } = recipe
  if (kind === 'policy') return policyDone(job, directory, name)
  const arm = rl && armRuns(rl, seed).find(({ run }) => run.name === name)?.run
  const { start } = startOf({ recipe, run: { directory } })
  return rl && arm && armDone(job, rl, arm, { start, startMadeBy: undefined })
}

/** Does a task as a run of its own, from where it stands. */
const done = (job: Opened, task: Task, signal: AbortSignal): TE.TaskEither<Fault, unknown> => {
  const { settings, directory } = job.recipe
  return TE.bracket(
    openRun({
      directory: folderOf(directory, task),
      config: { ...settings, [task.kind]: task.name },
      resume: true,
      status,
    }),
    run => workOf({ ...job, run, signal }, task) ?? TE.left(unknown(task)),
    run => TE.fromTask(run.close),
  )
}

const stopping = new AbortController()
let job: Opened | undefined

const answered = async <A>(work: TE.TaskEither<Fault, A>, right: (value: A) => Said): Promise<void> => {
  const result = await work().catch((error: unknown) =>
    E.left(fault('Defect', messageOf(error), 'This is a fault of kinograd; please report it.')),
  )
  say(E.isLeft(result) ? { kind: 'failed', fault: result.left } : right(result.right))
}

const take = (told: Told): void => {
  if (told.kind === 'stop') stopping.abort()
  else if (told.kind === 'open')
    void answered(opened(told), made => {
      job = made
      return { kind: 'ready' }
    })
  else if (job !== undefined) void answered(done(job, told.task, stopping.signal), result => ({ kind: 'done', result }))
}

process.on('message', take)
// Whoever waited has gone, whatever ended it: what was done is saved up to the newest savepoint.
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches every process of a terminal; the one that waits says when to stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, nothing)
