import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type Fault, fault } from '../../flow/index.ts'
import { atOnceOf } from '../at-once.ts'
import type { PolicyJob } from '../job.ts'
import type { RecipeSource } from '../source.ts'
import { compiledFile } from './compiled.ts'
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

/** A task that was given. */
interface Order {
  readonly task: Task
  readonly result: Promise<E.Either<Fault, unknown>>
  readonly settle: (result: E.Either<Fault, unknown>) => void
}

const orderOf = (task: Task): Order => {
  let settle: Order['settle'] = () => {}
  const result = new Promise<E.Either<Fault, unknown>>(resolve => {
    settle = resolve
  })
  return { task, result, settle }
}

const stopped = fault('Cancelled', 'the run was stopped', 'Add --resume to continue it.')

/** Of a process that has ended, its fault says which task it was at. */
const named = (task: Task, wrong: Fault): Fault =>
  wrong._tag === 'ProcessEnded' ? { ...wrong, cause: `${taskInWords(task)}: ${wrong.cause}` } : wrong

/** Opens what does tasks in other processes; a process is started when there is something for it to do. */
const opened = (job: PolicyJob, source: RecipeSource): Beside & { readonly end: () => Promise<void> } => {
  const { recipe, backend, signal, run } = job
  const atOnce = atOnceOf(recipe)
  const orders = new Map<string, Order>()
  const processes: ProcessBeside[] = []
  const idle: ProcessBeside[] = []
  const busy = new Map<ProcessBeside, Task>()
  let waiting: readonly Order[] = []
  /** Where a task has failed, no further one of its kind is begun. */
  const failed = new Map<Task['kind'], Fault>()
  const { progressed, show } = shownBeside(job, () => busy.values())

  const drop = (kind: Task['kind'], wrong: Fault): void => {
    if (!failed.has(kind)) failed.set(kind, wrong)
    const dropped = waiting.filter(({ task }) => task.kind === kind)
    waiting = waiting.filter(({ task }) => task.kind !== kind)
    for (const { settle } of dropped) settle(E.left(wrong))
  }
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
    if (E.isLeft(result)) drop(task.kind, result.left)
    if (process.lives()) idle.push(process)
    settle(result)
    begin()
  }
  const begin = (): void => {
    for (;;) {
      const next = waiting.find(({ task }) => busy.size < atOnce[task.kind])
      if (next === undefined) return
      waiting = waiting.filter(order => order !== next)
      void work(idle.pop() ?? started(atOnce[next.task.kind]), next)
    }
  }
  const ordered = (task: Task): Order => {
    const known = orders.get(taskInWords(task))
    if (known !== undefined) return known
    const order = orderOf(task)
    orders.set(taskInWords(task), order)
    const wrong = failed.get(task.kind)
    if (wrong === undefined) waiting = [...waiting, order]
    else order.settle(E.left(wrong))
    begin()
    return order
  }
  const stop = (): void => {
    drop('arm', stopped)
    drop('policy', stopped)
    for (const process of processes) process.stop()
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return {
    give: task => void ordered(task),
    result: task => () => ordered(task).result,
    underWay: () => [...busy.values()],
    show,
    end: async () => {
      signal.removeEventListener('abort', stop)
      stop()
      await Promise.all([...orders.values()].map(({ result }) => result))
      await Promise.all(processes.map(process => process.end()))
    },
  }
}

/** Does something with what does tasks beside, where a recipe has more than one of a kind done at once; processes end when it has ended. */
export const withBeside = <A>(
  job: PolicyJob,
  use: (beside: Beside | undefined) => TE.TaskEither<Fault, A>,
): TE.TaskEither<Fault, A> => {
  const { source } = job.recipe
  const { arm, policy } = atOnceOf(job.recipe)
  return source === undefined || Math.max(arm, policy) === 1
    ? use(undefined)
    : F.pipe(
        TE.bracket(
          TE.fromIO(() => opened(job, source)),
          use,
          beside => TE.fromTask(beside.end),
        ),
      )
}
