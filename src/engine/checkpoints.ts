import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { codeOf, defect, type Fault, fault, messageOf } from '../flow/index.ts'
import type { Engine } from './engine.ts'

/** Where and how many checkpoints are kept. */
export interface CheckpointOptions {
  readonly engine: Pick<Engine, 'save' | 'load'>
  /**
   * Holds one folder a checkpoint, named after the updates that it has seen: `update-000012`. Where batches failed on the way, also
   * after the batches that were taken: `update-000012-batch-000015`.
   */
  readonly directory: string
  /** The newest so many stay, older ones are removed after a save; 2 by default. */
  readonly keep?: number
}

/** Saving and resuming, as `train` takes them. */
export interface Checkpoints {
  /**
   * Writes the policy and its optimiser, all or nothing, and removes what is older than the newest `keep`. Given the updates that it
   * has seen, and the batches that were taken for them: as many, unless some failed.
   */
  readonly save: (updates: number, batches?: number) => TE.TaskEither<Fault, void>
  /** Loads the newest checkpoint and says how far it has come; 0 updates and batches where there is none. */
  readonly resume: TE.TaskEither<Fault, Reached>
}

/** How far training has come. */
export interface Reached {
  /** Updates that the policy has seen. */
  readonly updates: number
  /** Batches that were taken from the source, those that failed included. */
  readonly batches: number
}

/** A folder and how far its policy has come. */
interface Numbered extends Reached {
  readonly name: string
}

const named = /^update-(\d{6,})(?:-batch-(\d{6,}))?$/

/** Checkpoints in a folder, oldest first. A folder that is not there holds none. */
const listed = (directory: string): TE.TaskEither<Fault, readonly Numbered[]> =>
  TE.tryCatch(
    async () => {
      const names = await readdir(directory).catch(error => (codeOf(error) === 'ENOENT' ? [] : Promise.reject(error)))
      return names
        .flatMap(name => {
          const [, updates, batches = updates] = named.exec(name) ?? []
          return updates === undefined ? [] : [{ name, updates: Number(updates), batches: Number(batches) }]
        })
        .sort((a, b) => a.updates - b.updates)
    },
    error =>
      fault('CannotRead', `${directory} cannot be read: ${messageOf(error)}`, 'Check the folder and its permissions.'),
  )

/**
 * Numbered checkpoints of one engine: `train({ pipeline, every: 10, ...checkpoints({ engine, directory }) })` saves every tenth update,
 * and the same line continues after a kill. The newest checkpoint is loaded; one that is damaged is refused by the engine and named,
 * never passed over in silence: remove its folder to go back to the one before.
 *
 * Left: the engine's faults; `CannotRead`, `CannotWrite`; `LaterCheckpoint` where the folder holds one that is further than what is
 * saved, because a resume would take that one. Throws a `Defect` where `keep` is not a positive integer.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, readdir } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { checkpoints } from 'kinograd/engine'
 * import { tinyPolicy } from 'kinograd/engine/tfjs'
 *
 * const { engine } = tinyPolicy()
 * const directory = await mkdtemp(join(tmpdir(), 'checkpoints-'))
 * const { save, resume } = checkpoints({ engine, directory, keep: 1 })
 * await save(1)()
 * await save(2)()
 * assert.deepEqual(await readdir(directory), ['update-000002'])
 * assert.deepEqual(await resume(), E.right({ updates: 2, batches: 2 }))
 * engine.dispose()
 * ```
 */
export const checkpoints = ({ engine, directory, keep = 2 }: CheckpointOptions): Checkpoints => {
  if (!(Number.isInteger(keep) && keep > 0))
    throw defect(fault('BadKeep', `${keep} checkpoints are to be kept`, 'Give an integer of at least 1.'))
  return {
    save: (updates, batches = updates) =>
      F.pipe(
        listed(directory),
        TE.filterOrElse(
          all => all.every(found => found.updates <= updates),
          all => later(directory, updates, all.at(-1)?.name),
        ),
        TE.flatMap(all =>
          F.pipe(
            engine.save(join(directory, nameOf(updates, batches))),
            TE.flatMap(() => removed(directory, outdated(all, { updates, batches }, keep))),
          ),
        ),
      ),
    resume: F.pipe(
      listed(directory),
      TE.flatMap(all => {
        const newest = all.at(-1)
        return newest === undefined
          ? TE.right({ updates: 0, batches: 0 })
          : F.pipe(
              engine.load(join(directory, newest.name)),
              TE.map(() => ({ updates: newest.updates, batches: newest.batches })),
            )
      }),
    ),
  }
}

const sixDigits = (n: number): string => String(n).padStart(6, '0')
const nameOf = (updates: number, batches: number): string =>
  `update-${sixDigits(updates)}${batches === updates ? '' : `-batch-${sixDigits(batches)}`}`

/** What a save leaves behind: the oldest beyond `keep`, and one of the same update that was reached by other batches. */
const outdated = (
  all: readonly Numbered[],
  { updates, batches }: Reached,
  keep: number,
): readonly Pick<Numbered, 'name'>[] => {
  const earlier = all.filter(found => found.updates < updates)
  return [
    ...earlier.slice(0, keep === 1 ? undefined : 1 - keep),
    ...all.filter(found => found.updates === updates && found.batches !== batches),
  ]
}

const later = (directory: string, updates: number, name: string | undefined): Fault =>
  fault(
    'LaterCheckpoint',
    `${directory} holds ${name}, and update ${updates} is to be saved there`,
    'Resume from that folder, or give another one.',
  )

const removed = (directory: string, old: readonly Pick<Numbered, 'name'>[]): TE.TaskEither<Fault, void> =>
  TE.tryCatch(
    async () => {
      for (const { name } of old) await rm(join(directory, name), { recursive: true, force: true })
    },
    error =>
      fault(
        'CannotWrite',
        `an old checkpoint in ${directory} cannot be removed: ${messageOf(error)}`,
        'Check its permissions.',
      ),
  )
