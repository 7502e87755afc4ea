import { function as F, taskEither as TE } from 'fp-ts'
import { dataTypes, realMedia, resolveMedia, type VideoRecord } from '../dataset/index.ts'
import { type Fault, fault } from '../flow/index.ts'
import {
  type Clip,
  clipWindow,
  type Decoder,
  type MediumAt,
  mediumAt,
  type PictureDecoder,
  withPictures,
} from '../media/index.ts'

/** What code knows of the pictures of a record of data type `frame`, where they are not simply all of a folder. */
export interface FrameList {
  /** The pictures in their order, from the root as `path` is; all of the folder `path` in natural order when not given. */
  readonly list?: readonly string[]
  /** Pictures a second; that of the decoder's options when not given. */
  readonly fps?: number
}

/** Where media lie, and how far their paths may lead. */
export interface MediaRoot {
  /** Folder that paths of records are taken from. */
  readonly root: string
  /** `inside`: a link that leads out of the root is `OutsideRoot`. `follow`: links may lead anywhere. `inside` when not given. */
  readonly links?: 'inside' | 'follow'
}

/** Faults that may mean that a path leads to something else than its record says. */
const mayBeOther: ReadonlySet<string> = new Set(['NotAVideo', 'NotAFile', 'NotAnImage', 'NotAFolder', 'NoVideoStream'])

const wrongKind = ({ id, dataType }: VideoRecord, path: string, { kind, words }: MediumAt): Fault =>
  fault(
    'WrongKind',
    `record ${id} is of data type "${dataType}", but ${path} is ${words}`,
    `Write "${kind}" as its data type, or correct its path.`,
  )

/** Data sets are checked when they are read; records made by code without types may say anything. */
const unknownKind = ({ id, dataType }: Pick<VideoRecord, 'id'> & { readonly dataType: unknown }): Fault =>
  fault(
    'BadRecord',
    `record ${id} is of data type ${JSON.stringify(dataType)}, known are ${dataTypes.join(', ')}`,
    'Correct the record, or leave it out.',
  )

/** The fault of a record, in words that say what its path leads to instead, where it leads to another kind of medium. */
const explained =
  (decoder: Decoder, record: VideoRecord, path: string, signal: AbortSignal) =>
  (wrong: Fault): TE.TaskEither<Fault, Clip> =>
    mayBeOther.has(wrong._tag)
      ? F.pipe(
          mediumAt(decoder, path, signal),
          TE.matchE(
            () => TE.left(wrong),
            found => TE.left(found.kind === record.dataType ? wrong : wrongKind(record, path, found)),
          ),
        )
      : TE.left(wrong)

/** A decoder may take a single JPEG for a clip of one frame; its record says that it is none. */
const noPicture = (
  decoder: Decoder,
  record: VideoRecord,
  clip: Clip,
  signal: AbortSignal,
): TE.TaskEither<Fault, Clip> =>
  clip.frameCount > 1
    ? TE.right(clip)
    : F.pipe(
        mediumAt(decoder, clip.path, signal),
        TE.matchE(
          () => TE.right(clip),
          found => (found.kind === 'image' ? TE.left(wrongKind(record, clip.path, found)) : TE.right(clip)),
        ),
      )

/** The pictures that code lists, each from the root as a path is. */
const listed = (
  decoder: PictureDecoder,
  { root, links }: MediaRoot,
  id: string,
  { list, fps }: FrameList & { readonly list: readonly string[] },
  signal: AbortSignal,
): TE.TaskEither<Fault, Clip> =>
  F.pipe(
    list,
    TE.traverseSeqArray(path => TE.fromEither<Fault, string>(resolveMedia(root, { id, path }))),
    TE.flatMap(pictures => decoder.pictures({ list: pictures, ...bounded(root, links), ...rated(fps) }, signal)),
  )

const bounded = (root: string, links: MediaRoot['links']) => (links === 'follow' ? {} : { inside: root })
const rated = (fps: number | undefined): { readonly fps?: number } => (fps === undefined ? {} : { fps })

const opened = (
  decoder: PictureDecoder,
  { root, links }: MediaRoot,
  record: VideoRecord,
  path: string,
  fps: number | undefined,
  signal: AbortSignal,
): TE.TaskEither<Fault, Clip> => {
  switch (record.dataType) {
    case 'video':
      return F.pipe(
        decoder.probe(path, signal),
        TE.flatMap(clip => noPicture(decoder, record, clip, signal)),
      )
    case 'image':
      return decoder.pictures({ image: path }, signal)
    case 'frame':
      return decoder.pictures({ folder: path, ...bounded(root, links), ...rated(fps) }, signal)
    default:
      return TE.left(unknownKind(record))
  }
}

/**
 * Probes what a record points to: a video, a picture, or a folder or list of pictures, as its `dataType` says; of a record with a window,
 * the part of the clip that it names. Left: the faults of path and decoder, and `WrongKind` where the path leads to another kind than the
 * record says; `BadSampling` where no frame lies in the window.
 */
export const openMedium = (
  decoder: Decoder,
  where: MediaRoot,
  record: VideoRecord,
  { list, fps }: FrameList,
  signal: AbortSignal,
): TE.TaskEither<Fault, Clip> => {
  const reader = withPictures(decoder)
  const rate = rated(fps ?? record.fps)
  const part = TE.flatMap((clip: Clip) =>
    record.window === undefined ? TE.right<Fault, Clip>(clip) : clipWindow(reader, clip, record.window, signal),
  )
  if (list !== undefined) return part(listed(reader, where, record.id, { list, ...rate }, signal))
  return F.pipe(
    where.links === 'follow' ? TE.fromEither(resolveMedia(where.root, record)) : realMedia(where.root, record),
    TE.flatMap(path =>
      F.pipe(opened(reader, where, record, path, rate.fps, signal), TE.orElse(explained(reader, record, path, signal))),
    ),
    part,
  )
}
