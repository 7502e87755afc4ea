import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { function as F, taskEither as TE } from 'fp-ts'
import { codeOf, type Fault, fault, messageOf } from '../flow/index.ts'
import type { Engine } from './engine.ts'
import { type Keep, type Kept, keepPolicy, outdated } from './keep.ts'
import { cannotWrite, readMeasures, writeMeasures } from './measures.ts'

/** Where and which checkpoints are kept. */
export interface CheckpointOptions<V = unknown> {
  readonly engine: Pick<Engine, 'save' | 'load'>
  /**
   * Holds one folder a checkpoint, named after the updates that it has seen: `update-000012`. Where batches failed on the way, also
   * after the batches that were taken: `update-000012-batch-000015`.
   */
  readonly directory: string
  /** Which stay; the others are removed after a save. The newest 2 by default. */
  readonly keep?: Keep<V>
}

/** Saving and resuming, as `train` takes them. */
export interface Checkpoints<V = unknown> {
  /**
   * Writes the policy and its optimiser, all or nothing, and removes what `keep` lets go. Given the updates that it has seen, the batches
   * that were taken for them (as many, unless some failed), and what was said of it.
   */
  readonly save: (updates: number, batches?: number, evaluation?: V) => TE.TaskEither<Fault, void>
  /** Loads the newest checkpoint and says how far it has come; 0 updates and batches where there is none. */
  readonly resume: TE.TaskEither<Fault, Reached>
  /**
   * Goes back to one checkpoint: loads it and removes those that are further. With 0 updates nothing is loaded, and all are removed.
   */
  readonly back: (to: Reached) => TE.TaskEither<Fault, Reached>
  /** Where the checkpoint of a place is, or would be. */
  readonly folder: (at: Reached) => string
}

/** How far training has come. */
export interface Reached {
  /** Updates that the policy has seen. */
  readonly updates: number
  /** Batches that were taken from the source, those that failed included. */
  readonly batches: number
}

const named = /^update-(\d{6,})(?:-batch-(\d{6,}))?$/

/** Checkpoints in a folder, oldest first. A folder that is not there holds none. */
const listed = (directory: string): TE.TaskEither<Fault, readonly Kept[]> =>
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
export const checkpoints = <V = unknown>({ engine, directory, keep = 2 }: CheckpointOptions<V>): Checkpoints<V> => {
  const policy = keepPolicy(keep)
  const folderOf = ({ updates, batches }: Reached): string => join(directory, nameOf(updates, batches))
  const load = (reached: Reached): TE.TaskEither<Fault, Reached> =>
    TE.map(() => reached)(engine.load(folderOf(reached)))
  return {
    save: (updates, batches = updates, evaluation = undefined) => {
      const name = nameOf(updates, batches)
      const measured = evaluation === undefined ? undefined : policy.best?.measure(evaluation)
      return F.pipe(
        listed(directory),
        TE.filterOrElse(
          all => all.every(found => found.updates <= updates),
          all => later(directory, updates, all.at(-1)?.name),
        ),
        TE.tap(() => engine.save(join(directory, name))),
        TE.bindTo('before'),
        TE.bind('measures', () => readMeasures(directory)),
        TE.flatMap(({ before, measures }) => {
          const known = { ...measures, ...(Number.isFinite(measured) ? { [name]: measured! } : {}) }
          const others = before.filter(found => found.updates < updates)
          const all = [...others, { name, updates, batches }].map(one => withMeasure(one, known[one.name]))
          const gone = [...before.filter(one => one.updates === updates && one.name !== name), ...outdated(all, policy)]
          const stay = new Set(all.filter(one => !gone.includes(one)).map(one => one.name))
          const left = Object.fromEntries(Object.entries(known).filter(([one]) => stay.has(one)))
          return F.pipe(
            policy.best === undefined ? TE.right(undefined) : writeMeasures(directory, left),
            TE.flatMap(() => removed(directory, gone)),
          )
        }),
      )
    },
    resume: F.pipe(
      listed(directory),
      TE.flatMap(all => {
        const newest = all.at(-1)
        return newest === undefined ? TE.right(none) : load({ updates: newest.updates, batches: newest.batches })
      }),
    ),
    folder: folderOf,
    back: to =>
      F.pipe(
        to.updates === 0 ? TE.right(to) : load(to),
        TE.flatMap(() => listed(directory)),
        TE.flatMap(all =>
          removed(
            directory,
            all.filter(one => one.updates > to.updates || (one.updates === to.updates && one.batches !== to.batches)),
          ),
        ),
        TE.map(() => to),
      ),
  }
}

const none: Reached = { updates: 0, batches: 0 }
const withMeasure = (one: Kept, measured: number | undefined): Kept =>
  measured === undefined ? one : { ...one, measured }

const sixDigits = (n: number): string => String(n).padStart(6, '0')
const nameOf = (updates: number, batches: number): string =>
  `update-${sixDigits(updates)}${batches === updates ? '' : `-batch-${sixDigits(batches)}`}`

const later = (directory: string, updates: number, name: string | undefined): Fault =>
  fault(
    'LaterCheckpoint',
    `${directory} holds ${name}, and update ${updates} is to be saved there`,
    'Resume from that folder, or give another one.',
  )

const removed = (directory: string, old: readonly Kept[]): TE.TaskEither<Fault, void> =>
  TE.tryCatch(
    async () => {
      for (const { name } of old) await rm(join(directory, name), { recursive: true, force: true })
    },
    cannotWrite(`an old checkpoint in ${directory} cannot be removed`, 'Check its permissions.'),
  )
