import { availableParallelism } from 'node:os'
import { function as F, taskEither as TE } from 'fp-ts'
import { type Bounds, boundsFromNow } from './bounds.ts'
import { type PlainFile, plainFile } from './file.ts'
import { explained } from './impostor.ts'
import { inWindow, wholeIndices } from './in-window.ts'
import { type Info, wholeInfo } from './info.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { PictureOptions } from './pictures/options.ts'
import { type PictureDecoder, withPictures } from './pictures/with-pictures.ts'
import { remember } from './remember.ts'
import { inOrder, type Request, requested, wantedFrames } from './request.ts'
import { secondsOf } from './timeline.ts'
import type { Decoder, MediaFault, OnDamage, OnSizeChange, PixelShape } from './types.ts'

/** Options of a decoder. */
export interface DecoderOptions {
  readonly limits?: Partial<Limits>
  /** Key-frame intervals decoded at once; the number of cores unless given. */
  readonly lanes?: number
  /** `refuse` unless given. */
  readonly onDamage?: OnDamage
  /** How pictures, folders and lists of them are read. */
  readonly pictures?: PictureOptions
  /** `refuse` unless given. */
  readonly onSizeChange?: OnSizeChange
  /** `stored` unless given. */
  readonly pixelShape?: PixelShape
  /**
   * Which video stream of a file is read, from 0 in the file's order, cover pictures not counted; unless given the one
   * that the ffmpeg program takes by default (the one marked default, the most pixels).
   */
  readonly videoStream?: number
}

/** The options with what was left out. */
export interface DecoderSettings {
  readonly limits: Limits
  readonly lanes: number
  readonly onDamage: OnDamage
  readonly pictures: PictureOptions
  readonly onSizeChange: OnSizeChange
  readonly pixelShape: PixelShape
  readonly videoStream: number | undefined
}

/** Fills in what was left out of the options. */
export const settingsOf = (options: DecoderOptions): DecoderSettings => ({
  limits: { ...defaultLimits, ...options.limits },
  lanes: Math.max(1, options.lanes ?? availableParallelism()),
  onDamage: options.onDamage ?? 'refuse',
  pictures: options.pictures ?? {},
  onSizeChange: options.onSizeChange ?? 'refuse',
  pixelShape: options.pixelShape ?? 'stored',
  videoStream: options.videoStream,
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

/** Faults that a file earns by being something else. */
const foreign: ReadonlySet<string> = new Set(['NotAVideo', 'NoVideoStream', 'Undecodable', 'Truncated'])

/**
 * A decoder of a way of decoding: only plain files within the limits are opened, what is known of the last 64 files is
 * remembered as long as they do not change, and frames are given in the order in which they were asked for. It reads pictures within
 * the same limits.
 */
export const decoderOf = <Tool>(
  { limits, onDamage, onSizeChange, videoStream, pictures }: Omit<DecoderSettings, 'lanes' | 'pixelShape'>,
  { name, tool, inspect, decode, activity }: Decoding<Tool>,
): PictureDecoder => {
  const infos = remember<Info>(64)
  const openable = (path: string): TE.TaskEither<MediaFault, PlainFile> =>
    F.pipe(
      plainFile(path, limits),
      TE.map(file => (videoStream === undefined ? file : { ...file, videoStream })),
    )
  const open = (path: string, signal: AbortSignal | undefined) =>
    F.pipe(
      TE.Do,
      TE.bind('file', () => openable(path)),
      TE.bind('tool', () => tool),
      TE.let('bounds', ({ file }) => boundsFromNow(file.path, limits.milliseconds, signal)),
      TE.bindTo('opened'),
      TE.bind('info', ({ opened }) =>
        F.pipe(
          infos(`${opened.file.path}\0${opened.file.version}`, { what: opened.file.path, signal }, own =>
            wholeInfo(opened.file, onDamage, file =>
              inspect({ ...opened, bounds: { ...opened.bounds, signal: own }, file }),
            ),
          ),
          TE.orElse(failed =>
            foreign.has(failed._tag)
              ? F.pipe(
                  TE.fromTask<MediaFault, MediaFault>(() => explained(opened.file, failed)),
                  TE.flatMap(TE.left),
                )
              : TE.left(failed),
          ),
        ),
      ),
    )
  const video: Decoder = {
    name,
    probe: (path, signal) =>
      F.pipe(
        open(path, signal),
        TE.map(({ info }) => info.clip),
      ),
    times: (clip, signal) =>
      F.pipe(
        open(clip.path, signal),
        TE.map(({ info }) => inWindow(clip, secondsOf(info.line))),
      ),
    frames: (clip, indices, signal) =>
      F.pipe(
        open(clip.path, signal),
        TE.bind('whole', () => TE.fromEither(wholeIndices(clip, indices))),
        TE.tap(({ info, whole }) => TE.fromEither(wantedFrames(info, whole, limits))),
        TE.flatMap(({ opened, info, whole }) => {
          const request = requested(info, whole)
          return F.pipe(
            decode(opened, info, request),
            TE.map(() => inOrder(whole, info, request)),
          )
        }),
      ),
    activity: (clip, signal) =>
      F.pipe(
        open(clip.path, signal),
        TE.flatMap(({ opened, info }) => activity(opened, info)),
        TE.map(changes => inWindow(clip, changes).map((change, i) => (i === 0 ? 0 : change))),
      ),
  }
  return withPictures(video, { onSizeChange, ...pictures, limits })
}
