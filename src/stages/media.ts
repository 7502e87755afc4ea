import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Adding, Fault, Known, Policy, Reading } from '../flow/index.ts'
import { stage } from '../flow/index.ts'
import type { Decoder, FrameSampling } from '../media/index.ts'
import { sample, withPictures } from '../media/index.ts'
import { type HasClip, type HasFrames, type HasPrompt, type HasRecord, type RecordOf, recordId } from './items.ts'
import { type FrameList, type MediaRoot, openMedium } from './open-medium.ts'

/** The decoder, and what to do when it fails or stalls. */
export interface MediaOptions<A> {
  readonly decoder: Decoder
  readonly policies?: readonly Policy<A>[]
}

/** Media are found under a root; `pictures` tells more of records of data type `frame`. */
export interface DecodeOptions<A extends HasRecord> extends MediaOptions<A>, MediaRoot {
  /**
   * The list of a record's pictures, their rate, or both, where code knows them: `record => ({ list: record.shots, fps: record.rate })`.
   * Asked of records of data type `frame` alone; a folder at the decoder's own rate when not given.
   */
  readonly pictures?: (record: RecordOf<A>) => FrameList
}

/**
 * Finds and probes what a record is about, under the folder `root`: a video, a picture or a folder of pictures, as its `dataType` says,
 * in one stream that may mix them. Reads `record`, adds `clip`: headers and times, no picture is decoded and none is held. A picture is a
 * clip of `kind` `image` with one frame, a folder one of `kind` `frame` with a rate of its own. Items keep their order; wrap in a scope
 * (`within`) for several at once.
 *
 * Left: the faults of the decoder (`NotFound`, `NotAVideo`, `Truncated`, `NotAnImage`, `BadFolder`, `SizeChange`, …); `WrongKind`, where a
 * path leads to another kind of medium than its record says; `OutsideRoot`, a path or a link that leads out of `root`.
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
export function decode<A>(
  options: DecodeOptions<NoInfer<A> & HasRecord> & { readonly pictures: Known<A> },
): Reading<HasRecord, A, HasClip>
export function decode<N extends HasRecord = HasRecord>(options: DecodeOptions<N>): Adding<N, HasClip>
export function decode<N extends HasRecord = HasRecord>({
  decoder,
  policies = [],
  pictures = () => ({}),
  ...where
}: DecodeOptions<N>): Adding<N, HasClip> {
  return stage.adding({ name: 'decode', item: recordId, policies }, ({ record }: N, signal) =>
    F.pipe(
      openMedium(decoder, where, record, record.dataType === 'frame' ? pictures(record) : {}, signal),
      TE.map(clip => ({ clip })),
    ),
  )
}

/**
 * Decodes the frames that `spec` names (`uniform`, `fps`, `adaptive`, `atTimes`). Reads `clip`, adds `frames`: bytes of RGB, upright,
 * [count, height, width, 3]. Items keep their order. Of a picture it gives that picture, whatever the spec; of a folder of pictures those
 * that the spec names, at the folder's rate. `frames.kind` says which they are of.
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
}: MediaOptions<N> & { readonly spec: FrameSampling }): Adding<N, HasFrames> => {
  const reader = withPictures(decoder)
  return stage.adding({ name: 'sample', item: recordId, policies }, ({ clip }: N, signal) =>
    F.pipe(
      sample(reader, clip, spec, signal),
      TE.map(frames => ({ frames })),
    ),
  )
}

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
