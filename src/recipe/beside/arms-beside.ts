import { rm } from 'node:fs/promises'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import { armPhase, startOf } from '../arm-done.ts'
import { armRuns } from '../arm-runs.ts'
import { orDoAgain } from '../checkpoint-places.ts'
import type { PolicyJob } from '../job.ts'
import type { Arm, Reinforcement } from '../reinforcement.ts'
import type { RecipeSource } from '../source.ts'
import { type ArmRunSummary, armRunSummary } from '../summary.ts'
import { adopted } from './adopt.ts'
import { compiledFile } from './compiled.ts'
import { folderBeside } from './folder.ts'
import type { Said } from './messages.ts'
import { startBeside } from './process.ts'

/** What these processes run. */
const program = compiledFile(import.meta.url, './child.js')

/** Runs of arms on their way in other processes. */
interface OnTheWay {
  /** What a run came to, when it has ended. */
  readonly result: (name: string) => TE.TaskEither<Fault, ArmRunSummary>
  /** Which phase this process shows. */
  readonly show: (title: string) => void
  readonly end: () => Promise<void>
}

type Progress = Extract<Said, { readonly kind: 'progress' }>

/** Shows how far the phase is that is waited for, and in its note how far the others are. */
const shownBeside = ({ run }: Pick<PolicyJob, 'run'>) => {
  const last = new Map<string, Progress>()
  let shown = ''
  const others = (): readonly string[] =>
    [...last.values()]
      .filter(({ phase, done, total }) => phase !== shown && done < total)
      .map(({ phase, done, total }) => `${phase} ${done}/${total}`)
  const tell = (): void => {
    const now = last.get(shown)
    if (now !== undefined)
      run.status?.progress(shown, now.done, now.total, [now.note, ...others()].filter(part => part !== '').join('; '))
  }
  return {
    progressed: (said: Progress): void => {
      last.set(said.phase, said)
      tell()
    },
    show: (title: string): void => {
      shown = title
      tell()
    },
  }
}

const summaryOf = (said: Extract<Said, { readonly kind: 'ready' | 'done' }>): E.Either<Fault, ArmRunSummary> =>
  F.pipe(
    armRunSummary.decode(said.kind === 'done' ? said.summary : undefined),
    E.mapLeft(() =>
      fault(
        'Defect',
        'a process beside this one did not say what its arm came to',
        'This is a fault of kinograd; please report it.',
      ),
    ),
  )

/** Starts the runs of arms, so many at once: each process does every so-manieth, one after the other, until one has failed. */
const started = (job: PolicyJob, source: RecipeSource, arms: readonly Arm<string>[], atOnce: number): OnTheWay => {
  const { recipe, backend, signal } = job
  const { progressed, show } = shownBeside(job)
  const count = Math.min(atOnce, arms.length)
  const processes = Array.from({ length: count }, () => startBeside(program, job.run.directory, count, progressed))
  const open = { kind: 'open', source, backend, settings: JSON.stringify(recipe.settings) } as const
  const before: Promise<E.Either<Fault, unknown>>[] = processes.map(({ ask }) => ask(open)())
  const results = new Map(
    arms.map(({ name }, i) => {
      const place = i % count
      const run = TE.flatMapEither(summaryOf)(processes[place]!.ask({ kind: 'do', name }))
      const result = before[place]!.then(ended => (E.isLeft(ended) ? ended : run()))
      before[place] = result
      return [name, result]
    }),
  )
  const stop = (): void => {
    for (const process of processes) process.stop()
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return {
    result: name => () => results.get(name)!,
    show,
    end: async () => {
      signal.removeEventListener('abort', stop)
      stop()
      await Promise.all(before)
      await Promise.all(processes.map(process => process.end()))
    },
  }
}

/** Takes away what runs of arms left beside the run. */
export const clearedBeside = ({ run }: Pick<PolicyJob, 'run'>): TE.TaskEither<Fault, void> =>
  TE.fromTask(() => rm(folderBeside(run.directory), { recursive: true, force: true }))

/**
 * All runs of the arms of a recipe by name, several at once, each in a process of its own and in a folder of its own inside of the run's,
 * where it is resumed from. Each is taken over in its turn, as if it had been done here: logs, checkpoint and summary are those of runs
 * one after the other. Left: what ends a run of an arm; `ProcessEnded`, where its process ends otherwise. The others are then stopped, and
 * go on from there when the run is resumed.
 */
export const armsBeside = (
  job: PolicyJob,
  source: RecipeSource,
  rl: Reinforcement<string, string>,
  atOnce: number,
): TE.TaskEither<Fault, readonly (readonly [name: string, summary: ArmRunSummary])[]> => {
  const arms = armRuns(rl, job.recipe.seed).map(({ run }) => run)
  const left = arms.filter(({ title }) => job.run.ledger.done(title) === undefined)
  const from = startOf(job)
  const again = (work: TE.TaskEither<Fault, ArmRunSummary>) =>
    from.startMadeBy === undefined ? work : orDoAgain(job, from.startMadeBy)(work)
  const inTurn = (way: OnTheWay) => (arm: Arm<string>) =>
    TE.map((summary: ArmRunSummary) => [arm.name, summary] as const)(
      armPhase(job, rl, arm, from, () => {
        way.show(arm.title)
        return F.pipe(
          again(way.result(arm.name)),
          TE.tap(() => adopted(job.run, arm.name)),
        )
      }),
    )
  return TE.bracket(
    TE.fromIO(() => started(job, source, left, atOnce)),
    way => TE.traverseSeqArray(inTurn(way))(arms),
    way => TE.fromTask(way.end),
  )
}
