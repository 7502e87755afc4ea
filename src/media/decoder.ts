import { availableParallelism } from 'node:os'
import { function as F, taskEither as TE } from 'fp-ts'
import { type Bounds, boundsFromNow } from './bounds.ts'
import { type PlainFile, plainFile } from './file.ts'
import { type Info, wholeInfo } from './info.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { remember } from './remember.ts'
import { inOrder, type Request, requested, wantedFrames } from './request.ts'
import { secondsOf } from './timeline.ts'
import type { Decoder, MediaFault, OnDamage } from './types.ts'

/** Options of a decoder. */
export interface DecoderOptions {
  readonly limits?: Partial<Limits>
  /** Key-frame intervals decoded at once; the number of cores unless given. */
  readonly lanes?: number
  /** `refuse` unless given. */
  readonly onDamage?: OnDamage
}

/** The options with what was left out. */
export interface DecoderSettings {
  readonly limits: Limits
  readonly lanes: number
  readonly onDamage: OnDamage
}

/** Fills in what was left out of the options. */
export const settingsOf = (options: DecoderOptions): DecoderSettings => ({
  limits: { ...defaultLimits, ...options.limits },
  lanes: Math.max(1, options.lanes ?? availableParallelism()),
  onDamage: options.onDamage ?? 'refuse',
})

/** A plain file, the library or program that reads it, and what bounds the call. */
export interface Opened<Tool> {
  readonly tool: Tool
  readonly file: PlainFile
  readonly bounds: Bounds
}

/** A way of decoding: what differs between decoders. */
export interface Decoding<Tool> {
  readonly name: string
  readonly tool: TE.TaskEither<MediaFault, Tool>
  /** Learns the clip and its packets. */
  readonly inspect: (opened: Opened<Tool>) => TE.TaskEither<MediaFault, Info>
  /** Decodes the frames of a request into its pixels. */
  readonly decode: (opened: Opened<Tool>, info: Info, request: Request) => TE.TaskEither<MediaFault, void>
  /** Measures the change into each frame. */
  readonly activity: (opened: Opened<Tool>, info: Info) => TE.TaskEither<MediaFault, readonly number[]>
}

/**
 * A decoder of a way of decoding: only plain files within the limits are opened, what is known of the last 64 files is
 * remembered as long as they do not change, and frames are given in the order in which they were asked for.
 */
export const decoderOf = <Tool>(
  { limits, onDamage }: Pick<DecoderSettings, 'limits' | 'onDamage'>,
  { name, tool, inspect, decode, activity }: Decoding<Tool>,
): Decoder => {
  const infos = remember<Info>(64)
  const open = (path: string, signal: AbortSignal | undefined) =>
    F.pipe(
      TE.Do,
      TE.bind('file', () => plainFile(path, limits)),
      TE.bind('tool', () => tool),
      TE.let('bounds', ({ file }) => boundsFromNow(file.path, limits.milliseconds, signal)),
      TE.bindTo('opened'),
      TE.bind('info', ({ opened }) =>
        infos(
          `${opened.file.path}\0${opened.file.version}`,
          wholeInfo(opened.file, onDamage, file => inspect({ ...opened, file })),
        ),
      ),
    )
  return {
    name,
    probe: (path, signal) =>
      F.pipe(
        open(path, signal),
        TE.map(({ info }) => info.clip),
      ),
    times: (clip, signal) =>
      F.pipe(
        open(clip.path, signal),
        TE.map(({ info }) => secondsOf(info.line)),
      ),
    frames: (clip, indices, signal) =>
      F.pipe(
        open(clip.path, signal),
        TE.tap(({ info }) => TE.fromEither(wantedFrames(info, indices, limits))),
        TE.flatMap(({ opened, info }) => {
          const request = requested(info, indices)
          return F.pipe(
            decode(opened, info, request),
            TE.map(() => inOrder(indices, info, request)),
          )
        }),
      ),
    activity: (clip, signal) =>
      F.pipe(
        open(clip.path, signal),
        TE.flatMap(({ opened, info }) => activity(opened, info)),
      ),
  }
}
