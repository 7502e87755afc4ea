import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { VideoRecord } from '../../../dataset/index.ts'
import { type Fault, rateLimit } from '../../../flow/index.ts'
import {
  type Annotator,
  annotatorNamed,
  cachedAnswers,
  type Judge,
  judgeNamed,
  limited,
  readTeacherName,
  type Teacher,
} from '../../../teacher/index.ts'
import { type Place, pathAt } from './place.ts'

/** Where answers are kept, so that nothing is paid twice, and keys looked up. */
export interface TeacherParts {
  readonly place: Place
  /** Folder of the run. */
  readonly directory: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A spelling whose file, where it names one, is taken from the configuration's folder. */
const placed = (place: Place, spelling: string): string =>
  F.pipe(
    readTeacherName(spelling),
    E.match(
      () => spelling,
      name => (name.kind === 'scripted' && name.file !== undefined ? `scripted:${pathAt(place, name.file)}` : spelling),
    ),
  )

/** The file of a scripted teacher, where it names one. */
export const scriptOf = (place: Place, spelling: string): string | undefined => {
  const name = readTeacherName(spelling)
  return E.isRight(name) && name.right.kind === 'scripted' && name.right.file !== undefined
    ? pathAt(place, name.right.file)
    : undefined
}

/** Whether a spelling names a script and nobody who is asked over a network. */
export const isScripted = (spelling: string): boolean => {
  const name = readTeacherName(spelling)
  return E.isRight(name) && name.right.kind === 'scripted'
}

/** Anthropic's limits are per minute: what goes beyond them waits here and is not refused there. */
const requestsPerMinute = 500

const around =
  ({ directory }: TeacherParts) =>
  (teacher: Teacher): Teacher =>
    cachedAnswers(
      teacher.name.startsWith('claude:') ? limited(teacher, [rateLimit({ requestsPerMinute })]) : teacher,
      join(directory, 'teacher'),
    )

const envOf = ({ env }: TeacherParts) => (env === undefined ? {} : { env })

/** The annotator of a spelling, whose answers are kept in the run's folder. */
export const annotatorOf = (parts: TeacherParts, spelling: string): TE.TaskEither<Fault, Annotator<VideoRecord>> =>
  annotatorNamed(placed(parts.place, spelling), { around: around(parts), ...envOf(parts) })

/** The judge of a spelling; none where none is named. Its reasons are kept for the page. */
export const judgeOf = (
  parts: TeacherParts,
  spelling: string | undefined,
): TE.TaskEither<Fault, Judge<VideoRecord> | undefined> =>
  spelling === undefined
    ? TE.right(undefined)
    : judgeNamed(placed(parts.place, spelling), { around: around(parts), judging: { reasons: true }, ...envOf(parts) })
