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
 * Finds and probes the record's clip under `root`; reads headers and packets, decodes no picture. Left: the media room's and the data
 * set's faults, a path that leaves the root among them.
 *
 * `N` says what a pipeline kept in a constant is for, where a stage behind reads fields of your own:
 * `pipeline('ask', decode<HasRecord<Mine>>(media), …)`. A pipeline that stands where its items are known needs no such word.
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

/** Takes the frames that `spec` names. Holds them: use it inside a scope, and drop `frames` in the scope's last stage. */
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

/** Turns a record and its frames into what a policy reads; `make` knows the policy's tokenizer and sizes (`qwenPrompt`). */
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
