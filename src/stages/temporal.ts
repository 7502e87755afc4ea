import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { VideoRecord } from '../dataset/index.ts'
import type { Completion, Prompt } from '../engine/index.ts'
import type { Adding, AddingToMembers, Fault } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import type { Frames } from '../media/index.ts'
import { type TemporalOptions, temporalReward } from '../reward/index.ts'
import { accuracyTask, type ProcessAccuracy } from './accuracy.ts'
import type { ExtraReward } from './extra.ts'
import { type HasClip, type HasFrames, type HasRecord, type HasRollouts, type Rollout, recordId } from './items.ts'
import { type RolloutOptions, sampling } from './rollout.ts'

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
 * The control prompt of T-GRPO: the clip's frames in one random order (Video-R1, arXiv 2503.21776, section 3.1), which `seed` and the
 * record's id settle. Reads `record`, `clip` and `frames`, adds `shuffledPrompt`; stands beside `toPrompt`, where the frames are, and
 * `make` is the same function. Holds a copy of the frames while `make` runs. Items keep their order. Left: what `make` gives.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { toShuffledPrompt } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const clip = { path: 'a.mp4', durationSeconds: 4, frameCount: 4, fps: 1, width: 1, height: 1, codec: 'h264', rotation: 0 }
 * // Four pictures of one pixel each; the prompt is their greys, in the order in which they are shown.
 * const frames = { data: Uint8Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3), count: 4, width: 1, height: 1, times: [0, 1, 2, 3] }
 * const shuffled = toShuffledPrompt(({ frames }) => E.right({ ids: Int32Array.from(frames.data), media: [] }), 1)
 * const item = await firstValueFrom(items([{ record, clip, frames }]).pipe(shuffled))
 * assert(E.isRight(item))
 * assert.notDeepEqual(item.right.shuffledPrompt.ids, Int32Array.from(frames.data))
 * assert.deepEqual(item.right.shuffledPrompt.ids.toSorted(), Int32Array.from(frames.data))
 * ```
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

/**
 * Samples completions of the control prompts of a batch, for T-GRPO. Reads `shuffledPrompt`, adds `shuffledGroup` to every member, in
 * order. Video-R1 (arXiv 2503.21776, section 3.1) samples half as many as for the clip in order. A picture has no order: members whose
 * record is of data type `image` get no completion. Left: the faults of the engine, as `rollout`.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { batch, items } from 'kinograd/flow'
 * import { rolloutShuffled } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const { engine, tokenizer } = tinyPolicy()
 * const prompt = { ids: Int32Array.of(72, 105), media: [] }
 *
 * const sampling = (seed: number) => ({ count: 2, maxTokens: 2, temperature: 1, stop: [tokenizer.eos], seed })
 * const sampled = await firstValueFrom(
 *   items([{ record, shuffledPrompt: prompt }]).pipe(batch(1), rolloutShuffled({ engine, sampling })),
 * )
 * assert(E.isRight(sampled))
 * assert.equal(sampled.right.items[0]?.shuffledGroup.length, 2)
 * engine.dispose()
 * ```
 */
export const rolloutShuffled = (
  options: RolloutOptions,
): AddingToMembers<HasRecord & HasShuffledPrompt, HasShuffledGroup> =>
  sampling(
    'shuffled rollout',
    options,
    ({ shuffledPrompt }: HasRecord & HasShuffledPrompt) => shuffledPrompt,
    shuffledGroup => ({ shuffledGroup }),
    ({ record }) => record.dataType !== 'image',
  )

/**
 * T-GRPO's temporal reward as a further reward of `score` (Video-R1, arXiv 2503.21776, section 3.1): right rollouts get a bonus when the
 * clip in order is answered right about as often as the clip out of order (`temporalReward`). Reads `record` and `shuffledGroup`. It
 * does not apply to a picture, which has no order: null for a record of data type `image`.
 * `read` turns a completion into a rollout, as `readRollout` does, and `accuracy` is the process's own. Left: what `accuracy` gives;
 * `RewardFailed`, a number that is not finite.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { template } from 'kinograd/process'
 * import { noLength, taggedAnswer } from 'kinograd/reward'
 * import { answerReward, readRollout, score, temporal } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 *
 * const tags = template({ reasoning: ['answer'] })
 * const tokenizer = { pieces: (ids: Int32Array) => Array.from(ids, id => String.fromCharCode(id)) }
 * const read = readRollout(tags, tokenizer)
 * const rollouts = ['3', '4'].map(n => {
 *   const text = `<answer>${n}</answer>`
 *   return read({ ids: Int32Array.from(text, c => c.charCodeAt(0)), stop: 'length' })
 * })
 *
 * const none = { logprobs: new Float32Array(), samplingLogprobs: new Float32Array(), stop: 'length' as const }
 * const shuffledGroup = [{ ids: Int32Array.from('no idea', c => c.charCodeAt(0)), ...none }]
 * const answer = ({ text }: { readonly text: string }) => taggedAnswer(text)
 * const item = await firstValueFrom(
 *   items([{ record, rollouts, shuffledGroup }]).pipe(
 *     score({
 *       accuracy: { reasoning: answerReward(answer) },
 *       extra: { reasoning: { temporal: temporal({ read, accuracy: answerReward(answer) }) } },
 *       length: { reasoning: noLength },
 *     }),
 *   ),
 * )
 * assert(E.isRight(item))
 * assert.deepEqual(item.right.rewards.parts.reasoning.map(({ extra }) => extra.temporal), [0.3, 0])
 * ```
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
  ({ item, accuracy: ordered }, signal) => {
    if (item.record.dataType === 'image') return TE.right(ordered.map(() => null))
    return F.pipe(
      item.shuffledGroup,
      TE.traverseArray(completion => accuracyTask('temporal', accuracy(item.record, read(completion), signal))),
      TE.map(control =>
        temporalReward(options)(
          ordered,
          control.map(({ reward }) => reward),
        ),
      ),
    )
  }
