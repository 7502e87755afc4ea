import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { either as E } from 'fp-ts'
import { codeOf } from '../flow/index.ts'
import { type Holder, holderOf, isAlive, isElsewhere, ownLine } from './holder.ts'

const held = new Set<string>()

/** The last attempt of this process at each lock: one at a time, so that they do not take each other's files away. */
const attempts = new Map<string, Promise<unknown>>()

const inTurn = async <A>(path: string, work: () => Promise<A>): Promise<A> => {
  const now = (attempts.get(path) ?? Promise.resolve()).then(work, work)
  attempts.set(path, now)
  try {
    return await now
  } finally {
    if (attempts.get(path) === now) attempts.delete(path)
  }
}

/** A holder counts as gone only on this machine: its process has ended, or had our number before us. */
const gone = (holder: Holder, path: string): boolean =>
  !isElsewhere(holder) && (holder.pid === process.pid ? !held.has(path) : !isAlive(holder))

/** Who has a lock. */
export interface LockHolder extends Holder {
  /** It is of another machine, of whose processes nothing is known here. */
  readonly elsewhere: boolean
  /** Its process was of this machine and is no more. */
  readonly ended: boolean
}

/**
 * Who has a lock; undefined where nobody has it.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { lockHolder } from 'kinograd/dataset'
 *
 * assert.equal(await lockHolder('no-such-folder/lock'), undefined)
 * ```
 */
export const lockHolder = async (path: string): Promise<LockHolder | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => '')
  const holder = holderOf(text.slice(0, 1000))
  if (holder === undefined) return undefined
  const elsewhere = isElsewhere(holder)
  return { ...holder, elsewhere, ended: !elsewhere && !isAlive(holder) }
}

/**
 * Takes a lock: a file that names process and machine, so that two processes never write the same things. A lock whose
 * process has ended is taken over at once. Resolves to what releases it, or to who has it (Left, as words). Rejects where
 * the file system refuses.
 *
 * ```ts
 * import assert from 'node:assert/strict'
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { either as E } from 'fp-ts'
 * import { takeFileLock } from 'kinograd/dataset'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'lock-'))
 * const taken = await takeFileLock(join(folder, 'lock'))
 * assert(E.isRight(taken) && E.isLeft(await takeFileLock(join(folder, 'lock'))))
 * await taken.right()
 * await rm(folder, { recursive: true })
 * ```
 */
export const takeFileLock = (path: string): Promise<E.Either<string, () => Promise<void>>> => {
  const attempt = async (again: boolean): Promise<E.Either<string, () => Promise<void>>> => {
    const mine = `${path}.${process.pid}.${randomUUID()}`
    await writeFile(mine, ownLine())
    try {
      await link(mine, path)
      held.add(path)
      return E.right(async () => {
        held.delete(path)
        await rm(path, { force: true })
      })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    } finally {
      await rm(mine, { force: true })
    }
    const text = await readFile(path, 'utf8').catch(() => '')
    const holder = holderOf(text)
    if (again && (text === '' || (holder !== undefined && gone(holder, path)))) {
      const aside = `${mine}.stale`
      await rename(path, aside).catch(() => undefined)
      const taken = await readFile(aside, 'utf8').catch(() => text)
      if (taken !== text) await rename(aside, path)
      else await rm(aside, { force: true })
      return attempt(false)
    }
    return E.left(holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`)
  }
  return inTurn(path, () => attempt(true))
}
