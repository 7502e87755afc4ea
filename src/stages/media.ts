import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { resolveMedia } from '../dataset/index.ts'
import type { Fault, Policy, Stage } from '../flow/index.ts'
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
 */
export const decode = <A extends HasRecord>({
  decoder,
  root,
  policies = [],
}: MediaOptions<A> & { readonly root: string }): Stage<A, A & HasClip> =>
  stage.adding({ name: 'decode', item: recordId, policies }, ({ record }: A, signal) =>
    F.pipe(
      TE.fromEither<Fault, string>(resolveMedia(root, record)),
      TE.flatMap(path => decoder.probe(path, signal)),
      TE.map(clip => ({ clip })),
    ),
  )

/** Takes the frames that `spec` names. Holds them: use it inside a scope, and drop `frames` in the scope's last stage. */
export const sampleFrames = <A extends HasRecord & HasClip>({
  decoder,
  spec,
  policies = [],
}: MediaOptions<A> & { readonly spec: FrameSampling }): Stage<A, A & HasFrames> =>
  stage.adding({ name: 'sample', item: recordId, policies }, ({ clip }: A, signal) =>
    F.pipe(
      sample(decoder, clip, spec, signal),
      TE.map(frames => ({ frames })),
    ),
  )

/** Turns a record and its frames into what a policy reads; `make` knows the policy's tokenizer and sizes. */
export const toPrompt = <A extends HasRecord & HasClip & HasFrames>(
  make: (item: A) => E.Either<Fault, HasPrompt['prompt']>,
): Stage<A, A & HasPrompt> =>
  stage.addingEither({ name: 'prompt', item: recordId }, (item: A) =>
    F.pipe(
      make(item),
      E.map(prompt => ({ prompt })),
    ),
  )
