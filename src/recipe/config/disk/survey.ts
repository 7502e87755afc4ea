import { either as E } from 'fp-ts'
import { type Records, resolveMedia, type VideoRecord } from '../../../dataset/index.ts'
import type { Mistake } from '../codec/mistake.ts'
import { type Place, pathAt } from '../compile/place.ts'
import { chainsOf, questionsOf } from '../compile/records.ts'
import type { RunSettings } from '../settings/run-settings.ts'
import { kindAt } from './kinds.ts'
import { type NamedRecords, namedRecords } from './named-paths.ts'

/** What a set of records holds. */
export interface Surveyed {
  /** The setting that names it. */
  readonly at: readonly string[]
  readonly count: number
  /** Records by what they are about. */
  readonly kinds: Readonly<Record<string, number>>
  /** Records that cannot be read, and why the first of them cannot. */
  readonly unreadable: number
  readonly why?: string
  /** The first of those whose medium was looked for and is not there, and how many were looked for. */
  readonly absent: number
  readonly lookedFor: number
  readonly firstAbsent?: string
}

/** Media that are looked for in each set: enough to see that the folder is the right one. */
const looked = 20

const surveyed = async (
  at: readonly string[],
  records: Records<VideoRecord>,
  root: string | undefined,
): Promise<Surveyed> => {
  const kinds: Record<string, number> = {}
  const so = { count: 0, unreadable: 0, absent: 0, lookedFor: 0 }
  let [why, firstAbsent]: (string | undefined)[] = []
  for await (const read of records) {
    if (E.isLeft(read)) {
      so.unreadable++
      why ??= read.left.cause
      continue
    }
    so.count++
    const { dataType } = read.right
    kinds[dataType] = (kinds[dataType] ?? 0) + 1
    if (root === undefined || so.lookedFor >= looked) continue
    so.lookedFor++
    const path = resolveMedia(root, read.right)
    if (E.isLeft(path) || (await kindAt(path.right)) === undefined) {
      so.absent++
      firstAbsent ??= E.isLeft(path) ? path.left.cause : `${read.right.path} of record ${read.right.id}`
    }
  }
  return {
    ...{ at, ...so, kinds },
    ...(why === undefined ? {} : { why }),
    ...(firstAbsent === undefined ? {} : { firstAbsent }),
  }
}

/** Reads every set of records of a configuration once: how many there are, which cannot be read, whether their media are there. */
export const survey = async (place: Place, settings: RunSettings): Promise<readonly Surveyed[]> => {
  const { questions, chains } = namedRecords(settings)
  const root = settings.media?.root === undefined ? undefined : pathAt(place, settings.media.root)
  const found: Surveyed[] = []
  const look = async ({ at }: NamedRecords, records: Records<VideoRecord>) => {
    found.push(await surveyed(at, records, root))
  }
  for (const set of questions) await look(set, questionsOf(place, set.records))
  for (const set of chains) await look(set, chainsOf(place, set.records))
  return found
}

/** What is wrong with sets of which nothing can be used: no record, none that can be read, none with its medium. */
export const unusable = (found: readonly Surveyed[]): readonly Mistake[] =>
  found.flatMap(({ at, count, unreadable, why, absent, lookedFor, firstAbsent }): readonly Mistake[] => {
    if (count === 0)
      return [
        {
          path: at,
          says:
            unreadable === 0
              ? 'names files that hold no record'
              : `names files of which no record can be read (${unreadable} tried); the first: ${why}`,
        },
      ]
    return lookedFor > 0 && absent === lookedFor
      ? [
          {
            path: ['media', 'root'],
            says: `has none of the media that ${at.join('.')} names (${lookedFor} looked for); the first: ${firstAbsent}`,
          },
        ]
      : []
  })
