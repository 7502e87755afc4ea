import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { either as E, function as F, taskEither as TE } from 'fp-ts'
import type { Records, VideoRecord } from '../../../dataset/index.ts'
import { tinyPolicy } from '../../../engine/tfjs/index.ts'
import { type Fault, fault, messageOf } from '../../../flow/index.ts'
import type { PolicySetting } from '../settings/policy.ts'

/** What a tiny random policy is written with. */
export interface TinyParts {
  /** The folder that is written. */
  readonly folder: string
  readonly setting: NonNullable<PolicySetting['tiny']>
  readonly seed: number
  /** Records whose words become tokens. */
  readonly records: readonly Records<VideoRecord>[]
  /** Other texts that the policy reads and writes: tags, what it is told. */
  readonly texts: readonly string[]
}

/** Records that a vocabulary is made of: more teach it no new words. */
const enough = 2000

/** The words of records: questions, options, answers, and chains where they have some. */
const wordsOf = async (records: TinyParts['records']): Promise<readonly string[]> => {
  const words: string[] = []
  for (const set of records) {
    let seen = 0
    for await (const read of set) {
      if (E.isRight(read)) {
        const { problem, options, answer } = read.right
        words.push(problem, ...options, answer)
        if ('output' in read.right && typeof read.right.output === 'string') words.push(read.right.output)
      }
      if (++seen >= enough) break
    }
  }
  return words
}

/**
 * Writes a random policy of tiny size as a checkpoint, once: a folder that is there is taken as it is. The same setting, seed and records
 * give the same policy.
 */
export const writeTiny = ({ folder, setting, seed, records, texts }: TinyParts): TE.TaskEither<Fault, string> => {
  if (existsSync(join(folder, 'config.json'))) return TE.right(folder)
  const size = typeof setting === 'boolean' ? {} : setting
  const beside = `${folder}.new`
  const unwritable = (error: unknown): Fault =>
    fault('CannotWrite', `${folder} cannot be written: ${messageOf(error)}`, 'Check the folder and its permissions.')
  return F.pipe(
    TE.tryCatch(async () => {
      await rm(beside, { recursive: true, force: true })
      const words = await wordsOf(records)
      return tinyPolicy({ seed, ...size, texts: [...texts, ...words], merges: 768 })
    }, unwritable),
    TE.flatMap(policy => async () => {
      const written = await policy.write(beside)()
      policy.engine.dispose()
      return written
    }),
    TE.flatMap(() => TE.tryCatch(() => rename(beside, folder), unwritable)),
    TE.map(() => folder),
  )
}
