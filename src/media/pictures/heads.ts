import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import { fault } from '../../flow/index.ts'
import type { Bounds } from '../bounds.ts'
import { type ImageHead, imageHead } from '../image.ts'
import type { Limits } from '../limits.ts'
import type { Clip, MediaFault, PictureSource } from '../types.ts'
import { eachPicture } from './each-picture.ts'
import { picturesIn } from './folder.ts'
import type { PictureSettings } from './options.ts'

/** What a header tells of a picture as it will be given. */
interface Seen {
  readonly path: string
  readonly codec: string
  readonly width: number
  readonly height: number
  readonly rotation: number
}

/** Clockwise degrees by which viewers turn a picture with this tag; those of mirrored ones are told by their turn alone. */
const turns: Readonly<Record<number, number>> = { 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270 }

const seenOf = ({ file, head }: ImageHead, upright: boolean): Seen => ({
  path: file.path,
  codec: head.format,
  ...(upright ? head.autoOrient : { width: head.width, height: head.height }),
  rotation: upright ? (turns[head.orientation ?? 1] ?? 0) : 0,
})

/** The paths, unless one lies outside the folder when its links are followed. What is not there is left to whoever opens it. */
const inside = (
  folder: string | undefined,
  paths: readonly string[],
  bounds: Bounds,
): TE.TaskEither<MediaFault, readonly string[]> => {
  if (folder === undefined) return TE.right(paths)
  const realOf = (path: string) => realpath(path).catch(() => undefined)
  return F.pipe(
    TE.fromTask<string | undefined, MediaFault>(() => realOf(folder)),
    TE.flatMap(root =>
      eachPicture(paths, bounds, path => async () => {
        const real = await realOf(path)
        const stays =
          real === undefined || root === undefined || real.startsWith(root.endsWith(sep) ? root : root + sep)
        return stays
          ? E.right(path)
          : E.left(
              fault(
                'OutsideRoot',
                `${path} is a link to ${real}, outside of ${root}`,
                "Put the file itself there, or allow links that you made yourself: links: 'follow'.",
              ),
            )
      }),
    ),
  )
}

/** Which files a source means, and what its clip is called. */
const filesOf = (
  source: PictureSource,
  settings: PictureSettings,
  limits: Limits,
): TE.TaskEither<MediaFault, { readonly path: string; readonly pictures: readonly string[] }> => {
  if ('image' in source) return TE.right({ path: resolve(source.image), pictures: [source.image] })
  if ('folder' in source)
    return F.pipe(
      picturesIn(source.folder, settings, limits),
      TE.map(pictures => ({ path: resolve(source.folder), pictures })),
    )
  const [first] = source.list
  if (first === undefined) return TE.left(fault('Empty', 'the list holds no picture', 'Name at least one picture.'))
  const pictures = source.list.map(path => resolve(path))
  // Two lists of one folder are two clips, so that what is kept of one is not taken for the other.
  const mark = createHash('sha256').update(pictures.join('\0')).digest('hex').slice(0, 12)
  return TE.right({ path: join(dirname(pictures[0]!), `[${pictures.length} pictures, ${mark}]`), pictures })
}

/** The first picture of another size, unless sizes may differ. */
const oneSize = (seen: readonly Seen[], { onSizeChange }: PictureSettings): E.Either<MediaFault, readonly Seen[]> => {
  const [first] = seen
  const other = seen.find(({ width, height }) => width !== first?.width || height !== first.height)
  return onSizeChange === 'scale' || other === undefined || first === undefined
    ? E.right(seen)
    : E.left(
        fault(
          'SizeChange',
          `${dirname(first.path)}: ${basename(first.path)} has ${first.width}×${first.height} pixels, ${basename(other.path)} ${other.width}×${other.height}`,
          "Give pictures of one size, or scale them to the first with pictures: { onSizeChange: 'scale' }.",
        ),
      )
}

const rateOf = (source: PictureSource, settings: PictureSettings): E.Either<MediaFault, number> => {
  const fps = 'image' in source ? 1 : (source.fps ?? settings.fps)
  return fps > 0 && fps < Number.POSITIVE_INFINITY
    ? E.right(fps)
    : E.left(fault('BadSampling', `pictures come at ${fps} a second`, 'Give a rate above 0.'))
}

const within = (path: string, count: number, fps: number, limits: Limits): E.Either<MediaFault, void> =>
  count <= limits.frames && count / fps <= limits.durationSeconds
    ? E.right(undefined)
    : E.left(
        fault(
          'TooLarge',
          `${path}: ${count} pictures at ${fps} a second, the limits are ${limits.frames} and ${limits.durationSeconds} seconds`,
          'Raise limits.frames or limits.durationSeconds if you trust them.',
        ),
      )

/** The clip of some pictures, from their headers alone. Holds one header's facts a picture. */
export const clipOfPictures = (
  source: PictureSource,
  settings: PictureSettings,
  limits: Limits,
  bounds: Bounds,
): TE.TaskEither<MediaFault, Clip> =>
  F.pipe(
    TE.fromEither(rateOf(source, settings)),
    TE.bindTo('fps'),
    TE.bind('files', () => filesOf(source, settings, limits)),
    TE.tap(({ files: { path, pictures }, fps }) => TE.fromEither(within(path, pictures.length, fps, limits))),
    TE.tap(({ files }) => inside(source.inside, files.pictures, bounds)),
    TE.bind('seen', ({ files }) =>
      eachPicture(files.pictures, bounds, path =>
        TE.map((head: ImageHead) => seenOf(head, settings.upright))(imageHead(path, limits)),
      ),
    ),
    TE.flatMapEither(({ fps, files, seen }) =>
      E.map(
        ([first]: readonly Seen[]): Clip => ({
          ...first!,
          path: files.path,
          durationSeconds: seen.length / fps,
          frameCount: seen.length,
          fps,
          ...('image' in source
            ? { kind: 'image' as const }
            : { kind: 'frame' as const, pictures: seen.map(({ path }) => path) }),
        }),
      )(oneSize(seen, settings)),
    ),
  )
