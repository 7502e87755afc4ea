import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, taskEither as TE } from 'fp-ts'
import { fault } from 'kinograd/flow'
import { encodeVideo } from 'kinograd/media'
import type { ClipOptions } from './clips.ts'
import { makeClips } from './clips.ts'
import type { WorldFault } from './files.ts'
import { exists, writeWhole } from './files.ts'
import type { Manifest, Parameters, World, WorldCounts } from './open.ts'
import { openWorld, worldAt } from './open.ts'
import type { TeacherRates } from './rates.ts'
import { defaultRates } from './rates.ts'
import type { ClipPlan, Split, WorldSizes } from './split.ts'
import { planClip, splits } from './split.ts'
import { tokenizerFiles } from './tokenizer.ts'

type Needed = 'seed' | 'directory'

export interface WorldOptions extends Pick<ClipOptions, Needed>, Partial<Omit<ClipOptions, Needed>> {
  readonly sizes: WorldSizes
  /** Share of questions of the four problem types other than numerical, all together, where a split has none of its own. 0.2 unless given. */
  readonly otherShare?: number
  /** Rates of the teacher that the raw pool of `train-sft` is made for. */
  readonly rates?: TeacherRates
}

/** All clips of a world in order; problem ids run through all splits from 1. Pure. */
export const planWorld = (
  options: Pick<WorldOptions, 'seed' | 'sizes' | 'otherShare' | 'rates'>,
): readonly ClipPlan[] => {
  const { seed, otherShare = 0.2, rates = defaultRates } = options
  let id = 1
  return splits.flatMap(split => {
    const size = options.sizes[split]
    const firstId = id
    id += size.clips * size.questions
    return Array.from({ length: size.clips }, (_, index) =>
      planClip(
        { seed, otherShare: size.other ?? otherShare, rates },
        split,
        index,
        size.questions,
        firstId + index * size.questions,
      ),
    )
  })
}

const isShare = (value: number): boolean => value >= 0 && value <= 1

const badSize = (sizes: WorldSizes, otherShare: number, inFlight: number): E.Either<WorldFault, void> => {
  const wrong = splits.find(s => {
    const { clips, questions, other = 0 } = sizes[s]
    return ![clips, questions].every(n => Number.isInteger(n) && n >= 0) || !isShare(other)
  })
  const remedy = 'Give whole numbers of clips and of questions a clip, and a share between 0 and 1.'
  if (wrong !== undefined) return E.left(fault('BadSize', `${wrong} has sizes ${JSON.stringify(sizes[wrong])}`, remedy))
  if (!(inFlight >= 1))
    return E.left(fault('BadSize', `inFlight is ${inFlight}`, 'Let at least 1 clip be made at a time.'))
  return isShare(otherShare)
    ? E.right(undefined)
    : E.left(fault('BadSize', `the share of other problem types is ${otherShare}`, remedy))
}

const countsOf = (plans: readonly ClipPlan[]): WorldCounts => {
  const count = (split: Split) => {
    const mine = plans.filter(plan => plan.split === split)
    return { clips: mine.length, questions: mine.reduce((sum, plan) => sum + plan.records.length, 0) }
  }
  return { 'train-sft': count('train-sft'), 'train-rl': count('train-rl'), dev: count('dev'), test: count('test') }
}

const recordList = (plans: readonly ClipPlan[], split: Split): string => {
  const records = plans.filter(plan => plan.split === split).flatMap(plan => plan.records)
  return `[\n${records.map(record => JSON.stringify(record)).join(',\n')}\n]\n`
}

const sceneLine = ({ path, records, scene }: ClipPlan): string =>
  `${JSON.stringify({ path, problem_ids: records.map(r => r.problem_id), scene })}\n`

/** Whether the folder is free for a world of these parameters. Left when something else stands there. */
const claim =
  (directory: string, parameters: Parameters): TE.TaskEither<WorldFault, void> =>
  async () => {
    const names = await readdir(directory).catch((): string[] => [])
    const others = names.filter(name => !name.endsWith('.part')).length
    const text = await readFile(join(directory, 'parameters.json'), 'utf8').catch(() => '')
    if (others === 0 || text.trim() === JSON.stringify(parameters)) return E.right(undefined)
    const found = text === '' ? `${others} files that are no world` : 'a world with other parameters'
    return E.left(fault('OtherWorld', `${directory} holds ${found}`, 'Choose another folder, or delete this one.'))
  }

/**
 * Makes a world: clips as H.264 files, records in the format of Video-R1, the sidecar and the tokenizer. Called again
 * with the same parameters it returns at once when all is there, and adds what is missing when it was cut off. The same
 * parameters give the same files. Holds `inFlight` rendered clips (75 kB each; 2 unless given) and the plan (some 2 kB a
 * clip). Left: bad sizes, no space, not writable, a folder that holds something else, an encoder's failure, cancelled.
 */
export const createWorld = (options: WorldOptions): TE.TaskEither<WorldFault, World> => {
  const { directory, seed, sizes, otherShare = 0.2, rates = defaultRates, crf = 18, inFlight = 2 } = options
  const { encode = encodeVideo, signal = new AbortController().signal, onProgress = () => undefined } = options
  const parameters: Parameters = { version: 1, seed, sizes, otherShare, rates, crf }
  const at = (name: string) => join(directory, name)
  return async () => {
    const free = await TE.flatMap(() => claim(directory, parameters))(
      TE.fromEither(badSize(sizes, otherShare, inFlight)),
    )()
    if (E.isLeft(free)) return free
    if (await exists(at('manifest.json'))) {
      const complete = await openWorld(directory)()
      if (E.isRight(complete) || complete.left._tag !== 'BrokenWorld') return complete
    }
    const plans = planWorld({ seed, sizes, otherShare, rates })
    const manifest: Manifest = { parameters, counts: countsOf(plans) }
    const { tokenizerJson, tokenizerConfig } = tokenizerFiles()
    const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`
    const work: readonly TE.TaskEither<WorldFault, void>[] = [
      writeWhole(at('parameters.json'), `${JSON.stringify(parameters)}\n`),
      writeWhole(at('tokenizer/tokenizer.json'), json(tokenizerJson)),
      writeWhole(at('tokenizer/tokenizer_config.json'), json(tokenizerConfig)),
      writeWhole(at('scenes.jsonl'), plans.map(sceneLine).join('')),
      ...splits.map(split => writeWhole(at(`${split}.json`), recordList(plans, split))),
      makeClips({ seed, directory, encode, crf, inFlight, signal, onProgress }, plans),
      writeWhole(at('manifest.json'), json(manifest)),
    ]
    for (const step of work) {
      const done = await step()
      if (E.isLeft(done)) return done
    }
    return E.right(worldAt(directory, manifest.counts))
  }
}
