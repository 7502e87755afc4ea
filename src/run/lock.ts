import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { either as E, type taskEither as TE } from 'fp-ts'
import { codeOf } from '../flow/index.ts'
import { cannotWrite, type RunFault, runFault } from './fault.ts'

interface Holder {
  readonly pid: number
  readonly host: string
}

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

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

const holderOf = (text: string): Holder | undefined => {
  const [pid = '', host = ''] = text.trim().split(' ')
  return /^\d+$/.test(pid) && host !== '' ? { pid: Number(pid), host } : undefined
}

/** A holder counts as gone only on this machine: its process has ended, or had our number before us. */
const gone = (holder: Holder, path: string): boolean =>
  holder.host === hostname() && (holder.pid === process.pid ? !held.has(path) : !alive(holder.pid))

/**
 * Takes the lock of a run folder: a file that names process and machine, so that two processes never write one run.
 * A lock whose process has ended is taken over at once, so a killed run can be resumed. Resolves to what releases it.
 */
export const takeLock = (directory: string): TE.TaskEither<RunFault, () => Promise<void>> => {
  const path = join(directory, 'lock')
  const attempt = async (again: boolean): Promise<E.Either<RunFault, () => Promise<void>>> => {
    const mine = `${path}.${process.pid}.${randomUUID()}`
    await writeFile(mine, `${process.pid} ${hostname()}\n`)
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
    const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`
    return E.left(
      runFault('Locked', `${directory} is in use by ${who}`, `Wait for it to end; if it has ended, remove ${path}.`),
    )
  }
  return () => inTurn(path, () => attempt(true).catch(error => E.left(cannotWrite(path)(error))))
}
