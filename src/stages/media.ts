import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { resolveMedia } from '../dataset/index.ts'
import type { Adding, Fault, Known, Policy, Reading } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import type { Decoder, FrameSampling } from '../media/index.ts'
import { sample } from '../media/index.ts'
import { type HasClip, type HasFrames, type HasPrompt, type HasRecord, recordId } from './items.ts'

/** The decoder, and what to do when it fails or stalls. */
export interface MediaOptions<A> {
  readonly decoder: Decoder
  readonly policies?: readonly Policy<A>[]
}

/**
 * Finds and probes the clip of a record under the folder `root`. Reads `record`, adds `clip`: headers and times, no picture is decoded
 * and none is held. Items keep their order; wrap in a scope (`within`) for several at once.
 *
 * Left: the faults of the decoder (`NotFound`, `NotAVideo`, `Truncated`, …) and those of the path, which must not leave `root`
 * (`resolveMedia`).
 *
 * `N` says what a pipeline kept in a constant is for, where a stage behind reads fields of your own:
 * `pipeline('ask', decode<HasRecord<Mine>>(media), …)`. A pipeline that stands where its items are known needs no such word.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { encodeVideo, nodeAv } from 'kinograd/media'
 * import { decode } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const root = await mkdtemp(join(tmpdir(), 'kinograd-'))
 * const grey = new Uint8Array(28 * 28 * 3)
 * await encodeVideo(join(root, 'a.mp4'), [grey, grey, grey, grey], { width: 28, height: 28, fps: 2 })()
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const item = await firstValueFrom(items([{ record }]).pipe(decode({ decoder: nodeAv(), root })))
 * assert(E.isRight(item))
 * assert.equal(item.right.clip.frameCount, 4)
 * ```
 */
export const decode = <N extends HasRecord = HasRecord>({
  decoder,
  root,
  policies = [],
}: MediaOptions<N> & { readonly root: string }): Adding<N, HasClip> =>
  stage.adding({ name: 'decode', item: recordId, policies }, ({ record }: N, signal) =>
    F.pipe(
      TE.fromEither<Fault, string>(resolveMedia(root, record)),
      TE.flatMap(path => decoder.probe(path, signal)),
      TE.map(clip => ({ clip })),
    ),
  )

/**
 * Decodes the frames that `spec` names (`uniform`, `fps`, `adaptive`, `atTimes`). Reads `clip`, adds `frames`: bytes of RGB, upright,
 * [count, height, width, 3]. Items keep their order.
 *
 * Frames are heavy: use it inside a scope (`within`) and let the last stage there be `stage.dropping('frames')`; no more frames are held
 * than the scope has items. Left: the faults of the decoder (`Undecodable`, `TooLarge`, …) and `BadSampling`. A frame that cannot be
 * decoded is never replaced by another.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { items } from 'kinograd/flow'
 * import { encodeVideo, nodeAv, uniform } from 'kinograd/media'
 * import { decode, sampleFrames } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const root = await mkdtemp(join(tmpdir(), 'kinograd-'))
 * const grey = new Uint8Array(28 * 28 * 3)
 * await encodeVideo(join(root, 'a.mp4'), [grey, grey, grey, grey], { width: 28, height: 28, fps: 2 })()
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const media = { decoder: nodeAv(), root, spec: uniform(2) }
 * const item = await firstValueFrom(items([{ record }]).pipe(decode(media), sampleFrames(media)))
 * assert(E.isRight(item))
 * assert.equal(item.right.frames.data.length, 2 * 28 * 28 * 3)
 * ```
 */
export const sampleFrames = <N extends HasRecord & HasClip = HasRecord & HasClip>({
  decoder,
  spec,
  policies = [],
}: MediaOptions<N> & { readonly spec: FrameSampling }): Adding<N, HasFrames> =>
  stage.adding({ name: 'sample', item: recordId, policies }, ({ clip }: N, signal) =>
    F.pipe(
      sample(decoder, clip, spec, signal),
      TE.map(frames => ({ frames })),
    ),
  )

/** What a prompt is made of. */
type Seen = HasRecord & HasClip & HasFrames

/**
 * Turns a record and its frames into what a policy reads. Reads `record`, `clip`, `frames` and whatever else `make` looks at; adds
 * `prompt`: token ids, and the patches of the frames. `make` knows the policy's tokenizer and sizes: `qwenPrompt` makes one for
 * Qwen2.5-VL. Items keep their order; a prompt holds its patches, so that `frames` may be dropped behind this stage. Left: what `make`
 * gives.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { either as E } from 'fp-ts'
 * import type { VideoRecord } from 'kinograd/dataset'
 * import { qwenPrompt } from 'kinograd/engine'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 * import { items } from 'kinograd/flow'
 * import { toPrompt } from 'kinograd/stages'
 * import { firstValueFrom } from 'rxjs'
 *
 * const more = { options: [], path: 'a.mp4', source: '' }
 * const record: VideoRecord = { ...more, id: 'a', problem: 'How many balls?', answer: '3', problemType: 'numerical', dataType: 'video' }
 * const clip = { path: 'a.mp4', durationSeconds: 1, frameCount: 2, fps: 2, width: 28, height: 28, codec: 'h264', rotation: 0 }
 * const frames = { data: new Uint8Array(2 * 28 * 28 * 3), count: 2, width: 28, height: 28, times: [0, 0.5] }
 *
 * const { engine, tokenizer, pixels } = tinyPolicy()
 * const item = await firstValueFrom(
 *   items([{ record, clip, frames }]).pipe(
 *     toPrompt(qwenPrompt({ tokenizer, pixels, question: ({ record }) => record.problem })),
 *   ),
 * )
 * assert(E.isRight(item))
 * assert.equal(item.right.prompt.media.length, 1)
 * engine.dispose()
 * ```
 */
export function toPrompt<A>(
  make: ((item: NoInfer<A> & Seen) => E.Either<Fault, HasPrompt['prompt']>) & Known<A>,
): Reading<Seen, A, HasPrompt>
export function toPrompt<N extends Seen>(make: (item: N) => E.Either<Fault, HasPrompt['prompt']>): Adding<N, HasPrompt>
export function toPrompt<N extends Seen>(
  make: (item: N) => E.Either<Fault, HasPrompt['prompt']>,
): Adding<N, HasPrompt> {
  return stage.addingEither({ name: 'prompt', item: recordId }, (item: N) =>
    F.pipe(
      make(item),
      E.map(prompt => ({ prompt })),
    ),
  )
}
