import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../dataset/index.ts'
import type { Fault } from '../flow/index.ts'
import { openRun, type Run, type Status } from '../run/index.ts'
import { checkRecipe } from './check-recipe.ts'
import type { AnyRecipe } from './job.ts'
import type { OpenedRecipe } from './opened.ts'
import { planOf } from './plan.ts'
import type { Recipe } from './recipe.ts'
import { runRecipe } from './run-recipe.ts'
import type { RunSummary } from './summary.ts'

/** How the run of a recipe is opened. */
export interface RecipeOpening {
  /** Goes on with a run that its folder holds already. */
  readonly resume: boolean
  /** Name of the tensor backend that was selected. */
  readonly backend: string
  readonly signal: AbortSignal
  /** Told what will be done, and then how far it is. */
  readonly status?: Status
  /** Lines of the plan: backend, decoder, where results go. */
  readonly notes?: readonly string[]
  /** Told what must be said besides: that the run goes on on another machine. */
  readonly say?: (line: string) => void
}

/** What is said of a run that goes on elsewhere than it was before. */
const elsewhere = ({ machines }: Run): readonly string[] => {
  const [before, now] = machines.slice(-2)
  const words = ({ processor, threads, versions: { node, commit } }: NonNullable<typeof before>): string =>
    `${processor}, ${threads} threads, Node ${node}, commit ${commit.replace(/^(.{12})[^-]*/, '$1')}`
  return before === undefined || now === undefined
    ? []
    : [
        `This run was on ${words(before)}; it goes on on ${words(now)}. Its numbers may differ in their last bits from those of an unbroken run.`,
      ]
}

/**
 * Says what a recipe will do, and opens its folder: for `runRecipe`. Left: `BadRecipe`; `RunExists`, `OtherConfig`, `Locked` and the
 * other faults of `openRun`.
 */
const openRecipe = (recipe: AnyRecipe, opening: RecipeOpening): TE.TaskEither<Fault, OpenedRecipe> => {
  const { resume, backend, signal, status, notes = [], say = () => {} } = opening
  const ready = checkRecipe(recipe)
  if (E.isLeft(ready)) return TE.left(ready.left)
  status?.announce(planOf(recipe, notes))
  return F.pipe(
    openRun({
      directory: recipe.directory,
      config: recipe.settings,
      resume,
      ...(status === undefined ? {} : { status }),
    }),
    TE.map(run => {
      for (const line of elsewhere(run)) say(line)
      return { run, backend, signal }
    }),
  )
}

/**
 * The whole of a recipe: says what it will do, opens its folder, does its phases (`runRecipe`) and closes the folder, whether they ended
 * well or not.
 *
 * Left: the faults of `runRecipe`; `RunExists`, `OtherConfig`, `Locked` and the others of `openRun`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E, taskEither as TE } from 'fp-ts'
 * import { cotRecord, writeRecords } from 'kinograd/dataset'
 * import { encodeVideo, nodeAv, uniform } from 'kinograd/media'
 * import { template } from 'kinograd/process'
 * import { performRecipe, splitOf } from 'kinograd/recipe'
 *
 * // One clip, one question, and a script in place of the teacher: the data phase alone.
 * const root = await mkdtemp(join(tmpdir(), 'kinograd-'))
 * const grey = new Uint8Array(28 * 28 * 3)
 * await encodeVideo(join(root, 'a.mp4'), [grey, grey], { width: 28, height: 28, fps: 2 })()
 * const question = { id: 'a', problem: 'What colour is it?', answer: 'grey', path: 'a.mp4', options: [], source: '' }
 * await writeRecords(cotRecord, join(root, 'q.jsonl'), [
 *   { ...question, problemType: 'free-form', dataType: 'video', observation: '', process: '', output: '', reward: 1 },
 * ])()
 * const annotator = { name: 'script', annotate: () => TE.right('<answer>grey</answer>') }
 * const summary = await performRecipe(
 *   {
 *     title: 'Chains about grey clips',
 *     directory: join(root, 'run'),
 *     settings: { seed: 1 },
 *     seed: 1,
 *     template: template({ reasoning: ['answer'] }),
 *     media: { root, decoder: nodeAv(), spec: uniform(2) },
 *     policy: TE.left({ _tag: 'None', cause: 'no phase needs a policy', remedy: '' }),
 *     data: {
 *       records: splitOf(join(root, 'q.jsonl')),
 *       teachers: TE.right({ annotator, prompt: ({ problem }) => problem }),
 *       tags: { answer: 'answer' },
 *       codec: cotRecord,
 *     },
 *   },
 *   { resume: false, backend: 'none', signal: new AbortController().signal },
 * )()
 * assert(E.isRight(summary))
 * assert.equal(summary.right.retention?.sufficient, 1)
 * ```
 */
export function performRecipe<K extends string, T extends string, R extends VideoRecord>(
  recipe: Recipe<K, T, R>,
  opening: RecipeOpening,
): TE.TaskEither<Fault, RunSummary>
export function performRecipe(recipe: AnyRecipe, opening: RecipeOpening): TE.TaskEither<Fault, RunSummary> {
  return F.pipe(
    openRecipe(recipe, opening),
    TE.flatMap(opened => async () => {
      const ended = await runRecipe(recipe, opened)()
      await opened.run.close()
      return ended
    }),
  )
}
