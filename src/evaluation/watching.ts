import { stat } from 'node:fs/promises'
import { function as F, taskEither as TE } from 'fp-ts'
import { resolveMedia, type VideoRecord } from '../dataset/index.ts'
import { type Gate, type Stage, stage } from '../flow/index.ts'
import { uniform } from '../media/index.ts'
import { type HasClip, type HasFrames, type HasRecord, type LookOptions, look, recordId } from '../stages/index.ts'

/** What policies are shown: 32 frames of at most 256 × 28 × 28 pixels when not said otherwise (arXiv 2511.11113, section 8.1). */
export interface WatchOptions extends LookOptions {
  /**
   * Records that name a part of their clip (MVBench): `whole` shows all of it, as Video-R1's files and script do; `part` only that.
   * `whole` when not given.
   */
  readonly window?: 'whole' | 'part'
}

/** What stands in for an item while its medium is looked at, and the item itself. */
interface Standing<N> extends HasRecord {
  readonly own: N
}

const isFolder = (path: string): Promise<boolean | undefined> =>
  stat(path).then(
    found => found.isDirectory(),
    () => undefined,
  )

/** MVBench's folders of pictures are named like clips in Video-R1's file: `…/s04e15_seg02_clip_00.mp4`. */
const clipName = /\.(?:mp4|mkv|webm|avi)$/i

/** The record as its medium lies: a folder without the ending where there is none with it, a clip where the pictures were joined to one. */
const asItLies = async (record: VideoRecord, root: string): Promise<VideoRecord> => {
  const path = resolveMedia(root, record)
  if (record.dataType !== 'frame' || path._tag === 'Left' || !clipName.test(record.path)) return record
  const there = await isFolder(path.right)
  if (there !== undefined) return there ? record : { ...record, dataType: 'video' }
  const bare = record.path.replace(clipName, '')
  return (await isFolder(path.right.replace(clipName, ''))) === true ? { ...record, path: bare } : record
}

const withoutWindow = ({ window: _, ...record }: VideoRecord): VideoRecord => record

/** Puts the record as it is to be looked at in the place of the item. */
const standIn = <N extends HasRecord>({ root, window = 'whole' }: WatchOptions): Stage<N, Standing<N>> =>
  stage.fromTaskEither({ name: 'medium', item: recordId }, (own: N) =>
    F.pipe(
      TE.fromTask(() => asItLies(own.record, root)),
      TE.map(found => ({ record: window === 'part' ? found : withoutWindow(found), own })),
    ),
  )

/** Gives the item back, with what was seen. */
const restored = <N extends HasRecord>(): Stage<Standing<N> & HasClip & HasFrames, N & HasClip & HasFrames> =>
  stage.pure({ name: 'record', item: recordId }, ({ own, clip, frames }: Standing<N> & HasClip & HasFrames) => ({
    ...own,
    ...{ clip, frames },
  }))

/** Finds a record's medium and takes its frames, as a policy is shown them. Use it inside a scope of the gate. */
export const watch = <N extends HasRecord>(
  { frames = uniform(32, { atMost: true }), ...options }: WatchOptions,
  room: Gate,
): Stage<N, N & HasClip & HasFrames> => {
  // It adds to whatever an item has; its type says so only of the fields that it reads.
  const looked = look({ frames, ...options }, room) as unknown as Stage<Standing<N>, Standing<N> & HasClip & HasFrames>
  return source => source.pipe(standIn<N>(options), looked, restored<N>())
}
