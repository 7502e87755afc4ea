import { either as E, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import type { PolicyJob } from '../job.ts'
import type { RecipeSource } from '../source.ts'
import { compiledFile } from './compiled.ts'
import { type AtOnce, type Order, openOrders } from './orders.ts'
import { type ProcessBeside, startBeside } from './process.ts'
import { shownBeside } from './progress.ts'
import { type Task, taskInWords } from './task.ts'

/** What these processes run. */
const program = compiledFile(import.meta.url, './child.js')

/** Processes beside this one, and what they do. */
export interface Beside {
  /** Has a task done as soon as a process is free, in the order in which tasks are given; what was given before is not done twice. */
  readonly give: (task: Task) => void
  /** What a task comes to. It is given where it was not. */
  readonly result: (task: Task) => TE.TaskEither<Fault, unknown>
  readonly underWay: () => readonly Task[]
  /** Which run of an arm this process shows. */
  readonly show: (task: Task | undefined) => void
}

const stopped = fault('Cancelled', 'the run was stopped', 'Add --resume to continue it.')

/** Of a process that has ended, its fault says which task it was at. */
const named = (task: Task, wrong: Fault): Fault =>
  wrong._tag === 'ProcessEnded' ? { ...wrong, cause: `${taskInWords(task)}: ${wrong.cause}` } : wrong

/** Opens what does tasks in other processes; a process is started when there is something for it to do. */
const opened = (
  job: PolicyJob,
  source: RecipeSource,
  atOnce: AtOnce,
): Beside & { readonly end: () => Promise<void> } => {
  const { recipe, backend, signal, run } = job
  const orders = openOrders(atOnce)
  const processes: ProcessBeside[] = []
  const idle: ProcessBeside[] = []
  const busy = new Map<ProcessBeside, Task>()
  const { progressed, show } = shownBeside(job, () => busy.values())
  const started = (count: number): ProcessBeside => {
    const open = { kind: 'open', source, backend, settings: JSON.stringify(recipe.settings) } as const
    const process = startBeside(program, run.directory, count, open, said => {
      const task = busy.get(process)
      if (task !== undefined) progressed(task, said)
    })
    processes.push(process)
    return process
  }
  const work = async (process: ProcessBeside, { task, settle }: Order): Promise<void> => {
    busy.set(process, task)
    const result = E.mapLeft((wrong: Fault) => named(task, wrong))(await process.does(task)())
    busy.delete(process)
    if (E.isLeft(result)) orders.drop(task.kind, result.left)
    if (process.lives()) idle.push(process)
    settle(result)
    begin()
  }
  const begin = (): void => {
    for (let next = orders.next(busy.size); next !== undefined; next = orders.next(busy.size))
      void work(idle.pop() ?? started(atOnce[next.task.kind]), next)
  }
  const ordered = (task: Task): Order['result'] => {
    const { result } = orders.of(task)
    begin()
    return result
  }
  const stop = (): void => {
    orders.drop('arm', stopped)
    orders.drop('policy', stopped)
    for (const process of processes) process.stop()
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return {
    give: task => void ordered(task),
    result: task => () => ordered(task),
    underWay: () => [...busy.values()],
    show,
    end: async () => {
      signal.removeEventListener('abort', stop)
      stop()
      await orders.settled()
      await Promise.all(processes.map(process => process.end()))
    },
  }
}

/** Does something with what does tasks beside, where more than one of a kind is to be done at once; processes end when it has ended. */
export const withBeside = <A>(
  job: PolicyJob,
  atOnce: AtOnce,
  use: (beside: Beside | undefined) => TE.TaskEither<Fault, A>,
): TE.TaskEither<Fault, A> => {
  const { source } = job.recipe
  return source === undefined || Math.max(atOnce.arm, atOnce.policy) <= 1
    ? use(undefined)
    : TE.bracket(
        TE.fromIO(() => opened(job, source, atOnce)),
        use,
        beside => TE.fromTask(beside.end),
      )
}
