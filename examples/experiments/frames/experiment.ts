import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { type CotRecord, readRecords, type VideoRecord } from 'kinograd/dataset'
import { cosine } from 'kinograd/engine/tfjs'
import { type Fault, fault, items } from 'kinograd/flow'
import { adaptive, type FrameSampling, uniform } from 'kinograd/media'
import { type PolicySummary, performRecipe, splitOf } from 'kinograd/recipe'
import type { Experiment, Findings, Place } from '../experiment.ts'
import { type Groundwork, groundworkOf } from '../groundwork.ts'
import { keyOf } from '../key.ts'
import { accuracies, type Reached, reachedFigure, reachedTable } from '../reached.ts'
import { difference, mean } from '../spread.ts'
import { clipFrames } from './event-clip.ts'
import { type EventSet, eventSet } from './event-set.ts'

/** Frames that the two samplings may take. */
const budget = 8

const samplings: readonly (readonly [name: string, title: string, spec: FrameSampling])[] = [
  ['uniform', `uniform, ${budget} frames`, uniform(budget)],
  ['adaptive', `adaptive, ${budget} frames`, adaptive({ budget })],
  ['all', `all ${clipFrames} frames`, uniform(clipFrames)],
]

const chainOf = (record: VideoRecord): CotRecord => {
  const [letter, digit] = record.answer.split(' ')
  const observation = `<observation> notice letter shows ${letter} . number shows ${digit} . </observation>`
  const process = `<think> letter is ${letter} . number is ${digit} . so it is ${record.answer} . </think>`
  const output = `${observation} ${process} <answer> ${record.answer} </answer>`
  return { ...record, observation, process, output, reward: 1 }
}

type Learned = readonly { readonly record: CotRecord }[]

/** Chains for every question of a file. */
const chains =
  (file: string): TE.TaskEither<Fault, Learned> =>
  async () => {
    const all: { readonly record: CotRecord }[] = []
    for await (const read of readRecords([file])) {
      if (E.isLeft(read)) return read
      all.push({ record: chainOf(read.right) })
    }
    return E.right(all)
  }

/** A policy that learns to read such clips through one sampling, from a groundwork, and is tested through the same. */
const through = (
  place: Place,
  { recipe, checkpoint, key, seed }: Groundwork,
  set: EventSet,
  [name, title, spec]: (typeof samplings)[number],
): TE.TaskEither<Fault, PolicySummary> => {
  const { groundwork: _, data: __, rl: ___, minutes: ____, ...rest } = recipe
  const [steps, batch] = place.preset.name === 'quick' ? [3, 2] : [300, place.preset.sft.batch]
  const directory = join(place.cache, `frames-${name}-from-${key}-${keyOf([steps, batch, budget, clipFrames])}`)
  const { backend, signal, status } = place
  return F.pipe(
    chains(set.train),
    TE.flatMap(learned =>
      performRecipe(
        {
          ...rest,
          title: `Short events, ${title}, seed ${seed}`,
          directory,
          settings: { groundwork: key, sampling: spec, steps, batch },
          media: { ...recipe.media, root: set.root, spec },
          sft: {
            steps,
            batch,
            start: checkpoint,
            rate: cosine(1e-3, { steps, warmup: Math.min(20, steps) }),
            chains: { files: [set.train], read: () => items(learned) },
          },
          evaluation: { records: splitOf(set.test), policies: [['reader', join(directory, 'checkpoints', 'sft')]] },
        },
        { resume: true, backend, signal, ...(status === undefined ? {} : { status }) },
      ),
    ),
    TE.flatMap(({ policies: { reader } }) =>
      reader === undefined
        ? TE.left(
            fault('NotTested', `${title}: nothing was tested`, 'Remove its folder from the cache, and run it again.'),
          )
        : TE.right(reader),
    ),
  )
}

const ofSeed = (place: Place, seed: number): TE.TaskEither<Fault, readonly PolicySummary[]> => {
  const sizes = place.preset.name === 'quick' ? { train: 6, test: 4 } : { train: 1500, test: 400 }
  return F.pipe(
    groundworkOf(place, seed),
    TE.bindTo('groundwork'),
    TE.bind('set', () => eventSet(join(place.cache, `events-${seed}-${keyOf(sizes)}`), seed, sizes, place.signal)),
    TE.flatMap(({ groundwork, set }) =>
      TE.traverseSeqArray((one: (typeof samplings)[number]) => through(place, groundwork, set, one))(samplings),
    ),
  )
}

const findings = (seeds: readonly (readonly PolicySummary[])[]): Findings => {
  const rows = samplings.map(
    ([, title], i): Reached => ({ title, policies: seeds.flatMap(policies => policies[i] ?? []) }),
  )
  const [even, adapted, all] = rows.map(accuracies)
  const reach = (values: readonly number[]) => (100 * (mean(values) / mean(all!))).toFixed(0)
  return {
    tables: [reachedTable(rows)],
    figures: [reachedFigure('Events of one frame', rows)],
    notes: [
      ...(mean(all!) > 0
        ? [
            `Of what all frames reach, uniform reaches ${reach(even!)} %, adaptive ${reach(adapted!)} %, in the mean over seeds.`,
          ]
        : []),
      difference('adaptive − uniform, accuracy', adapted!, even!),
      difference('adaptive − all frames, accuracy', adapted!, all!),
    ],
  }
}

/** An open question: key frames that uniform sampling misses. */
export const frames: Experiment = {
  name: 'frames',
  title: 'Events shorter than the gap between frames',
  asks: 'What is won by frames where the picture changes, at one budget, when what matters is short (missed key frames, arXiv 2511.11113, section 11)?',
  how: `Clips of ${clipFrames} frames in which the text flashes in one; objects move all the time. Three policies go on from the fine-tuned one and learn to read such clips through ${budget} uniform frames, ${budget} adaptive ones, or all of them, and are tested through the same. Answers are a letter and a digit: accuracy is 1 − word error rate.`,
  run: place =>
    F.pipe(
      place.seeds,
      TE.traverseSeqArray(seed => ofSeed(place, seed)),
      TE.map(findings),
    ),
}
