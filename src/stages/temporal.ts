import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { VideoRecord } from '../dataset/index.ts'
import type { Completion, Engine, Prompt, Sampling } from '../engine/index.ts'
import type { Adding, AddingToMembers, Batch, Fault } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import type { Frames } from '../media/index.ts'
import { type TemporalOptions, temporalReward } from '../reward/index.ts'
import { type ProcessAccuracy, verdictTask } from './accuracy.ts'
import type { ExtraReward } from './extra.ts'
import { type HasClip, type HasFrames, type HasRecord, type HasRollouts, type Rollout, recordId } from './items.ts'
import { batchName } from './rollout.ts'

/** The prompt with the clip's frames out of order: T-GRPO's control. */
export interface HasShuffledPrompt {
  readonly shuffledPrompt: Prompt
}
/** The completions that saw the frames out of order. */
export interface HasShuffledGroup {
  readonly shuffledGroup: readonly Completion[]
}

/** An integer of a text: FNV-1a. */
const hash = (text: string): number =>
  [...text].reduce((h, c) => Math.imul(h ^ (c.codePointAt(0) ?? 0), 0x01000193), 0x811c9dc5) | 0

/** A permutation of 0 … n − 1 that depends on the seed alone (Fisher and Yates). */
const permutation = (n: number, seed: number): readonly number[] => {
  const random = xoroshiro128plus(seed)
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = (random.next() >>> 0) % (i + 1)
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}

/** The same pictures in another order at the same times. Holds a copy. */
const shuffled = (frames: Frames, seed: number): Frames => {
  const size = frames.height * frames.width * 3
  const data = new Uint8Array(frames.data.length)
  for (const [to, from] of permutation(frames.count, seed).entries())
    data.set(frames.data.subarray(from * size, (from + 1) * size), to * size)
  return { ...frames, data }
}

type Seen = HasRecord & HasClip & HasFrames

/**
 * The control prompt of T-GRPO (Video-R1, arXiv 2503.21776, section 3.1): the clip's frames in one random order, by seed and record. It
 * stands beside `toPrompt`, where the frames are; `make` is the same function.
 */
export const toShuffledPrompt = <N extends Seen>(
  make: (item: N) => E.Either<Fault, Prompt>,
  seed: number,
): Adding<N, HasShuffledPrompt> =>
  stage.addingEither({ name: 'shuffled prompt', item: recordId }, (item: N) =>
    F.pipe(
      make({ ...item, frames: shuffled(item.frames, seed ^ hash(item.record.id)) }),
      E.map(shuffledPrompt => ({ shuffledPrompt })),
    ),
  )

/** Samples completions of the control prompts of a batch; Video-R1 takes half as many as for the clip in order. */
export const rolloutShuffled = ({
  engine,
  sampling,
}: {
  readonly engine: Engine
  readonly sampling: (batch: number) => Sampling
}): AddingToMembers<HasRecord & HasShuffledPrompt, HasShuffledGroup> =>
  stage.addingToMembers(
    { name: 'shuffled rollout', item: batchName },
    ({ index, items }: Batch<HasRecord & HasShuffledPrompt>, signal) =>
      F.pipe(
        engine.sample(
          items.map(({ shuffledPrompt }) => shuffledPrompt),
          sampling(index),
          signal,
        ),
        TE.map(groups => groups.map(shuffledGroup => ({ shuffledGroup }))),
      ),
  )

/**
 * T-GRPO's temporal reward as a further reward of `score`: right rollouts get a bonus when the clip in order is answered as often right as
 * the clip out of order (`temporalReward`). `read` turns a completion into a rollout, as `readRollouts` does, and `accuracy` is the
 * process's own.
 */
export const temporal =
  <R extends VideoRecord, K extends string, T extends string>({
    read,
    accuracy,
    ...options
  }: TemporalOptions & {
    readonly read: (completion: Completion) => Rollout<K, T>
    readonly accuracy: ProcessAccuracy<R, K, T>
  }): ExtraReward<HasRecord<R> & HasRollouts<K, T> & HasShuffledGroup> =>
  ({ item, accuracy: ordered }, signal) =>
    F.pipe(
      item.shuffledGroup,
      TE.traverseArray(completion => verdictTask('temporal', accuracy(item.record, read(completion), signal))),
      TE.map(control => temporalReward(options)(ordered, control)),
    )
