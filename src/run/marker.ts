import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import * as t from 'io-ts'
import { digestCodec, sha256Of } from './digest.ts'
import { readJson, writeWhole } from './durable.ts'
import { cannotRead, isMissing, type RunFault, runFault } from './fault.ts'

const logEntry = t.readonly(
  t.intersection([
    digestCodec,
    t.partial({
      /** The phase that the whole log belongs to; its rows say so themselves where this is missing. */
      phase: t.string,
    }),
  ]),
)

const contents = t.readonly(
  t.intersection([
    t.type({
      phase: t.string,
      /** Whether the phase has ended; what it holds of one that has not is a savepoint. */
      done: t.boolean,
      /** Markers are numbered as they are written: the greatest number is the newest. */
      order: t.number,
      /** That the phase has taken so far, in all processes. */
      seconds: t.number,
      /** Hash of the settings of the run. */
      config: t.string,
      /** What every log held. */
      logs: t.readonly(t.record(t.string, logEntry)),
      /** Files that must be as they were: what the phase reads and what it wrote. */
      files: t.readonly(t.record(t.string, digestCodec)),
    }),
    t.partial({
      /** What a savepoint keeps. */
      state: t.unknown,
      /** What a finished phase came to. */
      result: t.unknown,
    }),
  ]),
  'marker of a phase',
)
const sealed = t.readonly(t.intersection([contents, t.type({ seal: t.string })]))

/** What is known of a phase: where it stands, or that it has ended, and what logs and files held then. */
export type Marker = t.TypeOf<typeof contents>

/** Folder of the markers of a run. */
export const markerFolder = (directory: string): string => join(directory, 'phases')

/** File of a phase's marker. */
export const markerPath = (directory: string, phase: string, done: boolean): string =>
  join(markerFolder(directory), `${encodeURIComponent(phase)}.${done ? 'done' : 'begun'}.json`)

/** Writes a marker, all or nothing. It ends with its own hash, so that a changed one is known. */
export const writeMarker = (directory: string, marker: Marker): TE.TaskEither<RunFault, void> => {
  const text = JSON.stringify(marker)
  return writeWhole(
    markerPath(directory, marker.phase, marker.done),
    `${text.slice(0, -1)},"seal":${JSON.stringify(sha256Of(text))}}\n`,
  )
}

const remedyOf = (path: string): string => `Remove ${path} and --resume: that phase then begins anew.`

const parsed = (path: string, json: unknown): E.Either<RunFault, Marker> => {
  const decoded = sealed.decode(json)
  if (E.isLeft(decoded)) return E.left(runFault('BadRow', `${path} is no marker of a phase`, remedyOf(path)))
  const { seal, ...marker } = decoded.right
  return sha256Of(JSON.stringify(marker)) === seal
    ? E.right(marker)
    : E.left(runFault('BadRow', `${path} is not as it was written: its hash is another`, remedyOf(path)))
}

/** Reads the marker at a place; undefined where there is none. Left: `BadRow` where it was changed. */
const readMarker = (path: string): TE.TaskEither<RunFault, Marker | undefined> =>
  F.pipe(
    readJson(path, remedyOf(path)),
    TE.flatMapEither(json => (json === undefined ? E.right(undefined) : parsed(path, json))),
  )

/** All markers of a run, the oldest first. Left: `BadRow`, `CannotRead`. */
export const readMarkers = (directory: string): TE.TaskEither<RunFault, readonly Marker[]> => {
  const folder = markerFolder(directory)
  return F.pipe(
    TE.tryCatch(
      () =>
        readdir(folder).catch((error: unknown): string[] => {
          if (isMissing(error)) return []
          throw error
        }),
      cannotRead(folder),
    ),
    TE.flatMap(names =>
      TE.traverseSeqArray((name: string) => readMarker(join(folder, name)))(
        names.filter(name => /\.(?:done|begun)\.json$/.test(name)).sort(),
      ),
    ),
    TE.map(all => all.flatMap(marker => (marker === undefined ? [] : [marker])).sort((a, b) => a.order - b.order)),
  )
}
