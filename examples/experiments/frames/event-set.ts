import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Fault } from 'kinograd/flow'
import { encodeVideo } from 'kinograd/media'
import { writeWhole } from 'kinograd/run'
import { type ClipPlan, planWorld, type VideoR1Record } from '../../videop2r/world/index.ts'
import { clipFrames, eventClip, side } from './event-clip.ts'

/** How many clips are learned from, and how many are tested on. */
export interface EventSizes {
  readonly train: number
  readonly test: number
}

/** Files of a set of clips with short events. */
export interface EventSet {
  readonly root: string
  readonly train: string
  readonly test: string
}

const fps = 8

/** Which frame shows the text: a different one for each clip, spread over all frames. */
const eventOf = (index: number): number => (index * 7 + 3) % clipFrames

const recordOf = ({ scene }: ClipPlan, path: string, id: number): VideoR1Record => ({
  problem_id: id,
  problem: 'what is the text ?',
  data_type: 'video',
  problem_type: 'OCR',
  options: [],
  solution: `<answer>${scene.letter} ${scene.digit}</answer>`,
  path,
  data_source: 'micro-world/event',
})

/** Encodes one clip unless it is there. */
const made = (root: string, path: string, plan: ClipPlan, index: number): TE.TaskEither<Fault, unknown> => {
  const file = join(root, path)
  return async () => {
    const there = await access(file).then(
      () => true,
      () => false,
    )
    const frames = eventClip(plan.scene, eventOf(index), path)
    return there ? E.right(undefined) : encodeVideo(file, frames, { width: side, height: side, fps, crf: 18 })()
  }
}

/** Clips of one part and the file of their questions, written last. */
const part = (
  root: string,
  name: 'train' | 'test',
  plans: readonly ClipPlan[],
  signal: AbortSignal,
): TE.TaskEither<Fault, string> => {
  const paths = plans.map((_, i) => `clips/${name}/${String(i).padStart(5, '0')}.mp4`)
  const stopped: Fault = { _tag: 'Cancelled', cause: 'making clips was stopped', remedy: 'The same command goes on.' }
  const file = join(root, `${name}.json`)
  return F.pipe(
    TE.fromTask<unknown, Fault>(() => mkdir(join(root, 'clips', name), { recursive: true })),
    TE.flatMap(() =>
      TE.traverseSeqArray(([plan, i]: readonly [ClipPlan, number]) =>
        signal.aborted ? TE.left(stopped) : made(root, paths[i]!, plan, i),
      )(plans.map((plan, i) => [plan, i] as const)),
    ),
    TE.flatMap(() => writeWhole(file, JSON.stringify(plans.map((plan, i) => recordOf(plan, paths[i]!, i + 1))))),
    TE.map(() => file),
  )
}

/** Makes a set of clips in which the text flashes in one frame; what is there already is kept. The same seed gives the same clips. */
export const eventSet = (
  root: string,
  seed: number,
  { train, test }: EventSizes,
  signal: AbortSignal,
): TE.TaskEither<Fault, EventSet> => {
  const none = { clips: 0, questions: 1 }
  const plans = planWorld({
    seed: seed + 1_000_000,
    sizes: {
      'train-sft': { clips: train, questions: 1 },
      'train-rl': none,
      dev: none,
      test: { clips: test, questions: 1 },
    },
  })
  const ofSplit = (split: ClipPlan['split']) => plans.filter(plan => plan.split === split)
  return F.pipe(
    part(root, 'train', ofSplit('train-sft'), signal),
    TE.bindTo('train'),
    TE.bind('test', () => part(root, 'test', ofSplit('test'), signal)),
    TE.map(files => ({ root, ...files })),
  )
}
